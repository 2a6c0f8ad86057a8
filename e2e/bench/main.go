// Command bench measures retrystream in a real browser, side by side with what
// people would use instead, and writes docs/benchmarks.md. It is run from the
// project's root, after `npm ci` in e2e/bench:
//
//	go run ./e2e/bench -quick    the throughput of one input, in less than a minute
//	go run ./e2e/bench -typical  what typical and short replies cost, in some minutes
//	WRITE=1 go run ./e2e/bench   everything, and docs/benchmarks.md anew
//
// Every reader's result is checked: one that loses or changes anything ends the
// run with an error.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	allParts  = "throughput,delay,cold,memory,crowd,cpu,native"
	allChunks = "1,8,64"
)

var allInputs = strings.Join(append(replyInputs, longInputs...), ",")

// options are what the command line says.
type options struct {
	dist string
	// against is a folder like dist with another build; empty for none.
	against string
	write   bool
	parts   []string
	inputs  []string
	chunks  []string
	only    *regexp.Regexp
	rounds  int
	events  int
	// cpu: throughput is measured by the main thread's processor.
	cpu bool
	// profile is the file for a CPU profile; empty for none.
	profile string
}

func main() {
	log.SetFlags(0)
	o, err := parse(flag.CommandLine, os.Args[1:])
	if err != nil {
		log.Fatalf("bench: %v", err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := run(ctx, o); err != nil {
		log.Fatalf("bench: %v", err)
	}
}

// parse reads the command line. A report is only written of everything.
func parse(flags *flag.FlagSet, args []string) (options, error) {
	o := options{write: os.Getenv("WRITE") != ""}
	quick := flags.Bool("quick", false, "the throughput of the first input alone, in 3 rounds")
	typical := flags.Bool("typical", false, "the throughput of typical and short replies alone")
	parts := flags.String("parts", "", "what to measure; "+allParts+" unless given")
	inputs := flags.String("inputs", "", "which inputs to read; "+allInputs+" unless given")
	chunks := flags.String("chunks", "", "how many events a chunk has; "+allChunks+" unless given")
	only := flags.String("only", "", "measure only the readers whose name and work match, such as 'retrystream.*text'")
	flags.StringVar(&o.dist, "dist", "web/dist", "the folder with retrystream.js and retrystream.wasm")
	flags.StringVar(&o.against, "against", "", "a folder with another build, whose readers take part as well, as \"before\"")
	flags.IntVar(&o.rounds, "rounds", 0, "rounds after the warm-up; 10 unless given")
	flags.IntVar(&o.events, "events", 0, "events of the largest input; 200000 unless given")
	flags.BoolVar(&o.cpu, "cpu", false, "measure throughput in time of the main thread's processor, not of the clock: where the machine is busy")
	flags.StringVar(&o.profile, "profile", "", "a file to write a CPU profile to, of the readers of one input in chunks of one size: .cpuprofile, as DevTools opens it")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.write && (*quick || *typical || o.cpu || o.against+*parts+*inputs+*chunks+*only != "") {
		return o, errors.New("WRITE takes everything: no -quick, -typical, -cpu, -against, -parts, -inputs, -chunks or -only")
	}
	if *quick {
		*parts = cmp.Or(*parts, "throughput")
		*inputs = cmp.Or(*inputs, "openai")
		o.rounds = cmp.Or(o.rounds, 3)
		o.events = cmp.Or(o.events, 20_000)
	}
	if *typical {
		*parts = cmp.Or(*parts, "throughput")
		*inputs = cmp.Or(*inputs, strings.Join(replyInputs, ","))
	}
	o.rounds = cmp.Or(o.rounds, 10)
	o.events = cmp.Or(o.events, 200_000)
	o.parts = strings.Split(cmp.Or(*parts, allParts), ",")
	o.inputs = strings.Split(cmp.Or(*inputs, allInputs), ",")
	o.chunks = strings.Split(cmp.Or(*chunks, allChunks), ",")
	var err error
	o.only, err = regexp.Compile(*only)
	return o, err
}

func run(ctx context.Context, o options) error {
	started := time.Now()
	site, err := newSite(o.dist, o.against)
	if err != nil {
		return err
	}
	defer site.close()
	b, err := startBrowser(ctx)
	if err != nil {
		return err
	}
	defer b.stop()
	r := results{Rounds: o.rounds}
	if r.Machine, err = describe(b); err != nil {
		return err
	}
	fmt.Printf("%s, %s, %d cores, load %s\n", r.Machine.Browser, r.Machine.CPU, r.Machine.Cores, r.Machine.Load)
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{"throughput", func() (err error) { r.Tables, err = measureThroughput(b, site, o); return }},
		{"delay", func() (err error) { r.Delays, err = measureDelays(b, site, 10); return }},
		{"cold", func() (err error) { r.Cold, err = measureCold(b, site, 9); return }},
		{"memory", func() (err error) { r.Memory, err = measureMemory(b, site); return }},
		{"crowd", func() (err error) { r.Crowd, err = measureCrowd(b, site, 1000); return }},
		{"cpu", func() (err error) { r.CPU, err = measureCPU(b, site, 2, 3); return }},
		{"native", func() (err error) { r.Native, err = measureNative(); return }},
	} {
		if !slices.Contains(o.parts, part.name) {
			continue
		}
		if err := part.measure(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	printBars(r.RatioBars())
	fmt.Printf("\ntook %v\n", time.Since(started).Round(time.Second))
	if o.write {
		return r.write()
	}
	return nil
}
