// Command server serves the demo page with its fake providers; `make demo`
// starts it. It is made for one developer's own machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/retrystream/retrystream/web/server/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "demo server:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. It returns nil then, and when help was asked for.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "address to listen on; port 0 takes any free port")
	dir := flags.String("root", ".", "root folder of the project")
	var hosts []string
	flags.Func("host", "a `name` that leads to this machine, to answer for; may be given again, or several with commas", func(names string) error {
		hosts = append(hosts, strings.Split(names, ",")...)
		return nil
	})
	pace := flags.Duration("pace", demo.DefaultPace, "pause between two pieces of text")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}

	root, err := os.OpenRoot(*dir)
	if err != nil {
		return fmt.Errorf("open the project's root: %w", err)
	}
	defer func() { _ = root.Close() }()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another program; choose another port with -addr, for example -addr 127.0.0.1:8081", *addr)
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", *addr, err)
	}

	server := &http.Server{
		Handler:           guard(demo.Handler(demo.Options{Root: root.FS(), Pace: *pace}), append(hosts, *addr, listener.Addr().String())...),
		ReadHeaderTimeout: 10 * time.Second,
		// Replies that stall on purpose end with the program.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	fmt.Fprintf(stdout, "The demo is at http://%s/ (Ctrl+C ends it)\n", listener.Addr())

	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		stopped <- server.Shutdown(shutdown)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
