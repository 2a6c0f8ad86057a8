package wait

import (
	"math/rand/v2"
	"time"

	"github.com/retrystream/retrystream/core/retry"
)

// The provider of the simulation: it refuses everything until recovery, and then
// all but its capacity.
const (
	recovery   = 60 * time.Second
	capacity   = 1000 // requests a second
	window     = 100 * time.Millisecond
	refuseTime = 50 * time.Millisecond  // until a refusal's head is there
	serveTime  = 500 * time.Millisecond // until a reply's head is there
	cut        = time.Second            // in which the clients lose their streams
	patience   = 20 * time.Minute       // after the recovery; then a run is given up
	seed       = 5
)

// strategy is what the clients do about it.
type strategy struct {
	name   string
	delays retry.Delays
	shared bool
	// spread is the part of its delay by which a hold is prolonged at most, by
	// chance, so that different clients' holds end at different times.
	spread float64
}

var strategies = []strategy{
	{name: "no jitter"},
	{name: "equal jitter", delays: retry.Delays{Jitter: retry.JitterEqual}},
	{name: "full jitter", delays: retry.Delays{Jitter: retry.JitterFull}},
	{name: "shared wait", shared: true},
	{name: "shared wait, full jitter", shared: true, delays: retry.Delays{Jitter: retry.JitterFull}},
	{name: "shared wait, spread", shared: true, spread: 0.5},
}

// setup is one run.
type setup struct {
	strategy
	clients int
	streams int           // of each client
	after   time.Duration // the Retry-After of a refusal; 0 means it has none
}

// outcome is what a run costs.
type outcome struct {
	// Wasted counts the requests that were refused.
	Wasted int
	// Peak is the most requests of a second after the recovery.
	Peak int
	// Drain is the time from the recovery until the last was served.
	Drain time.Duration
	// Served counts the streams that were served.
	Served int
}

// server answers requests; times count from the begin of the outage.
type server struct {
	outcome
	second   time.Duration // the one that count is of
	count    int
	window   time.Duration // the one that accepted is of
	accepted int
}

func (s *server) request(at time.Duration) bool {
	if at < recovery {
		s.Wasted++
		return false
	}
	if second := at / time.Second; second != s.second {
		s.second, s.count = second, 0
	}
	s.count++
	s.Peak = max(s.Peak, s.count)
	if window := at / window; window != s.window {
		s.window, s.accepted = window, 0
	}
	if s.accepted == int(capacity*window/time.Second) {
		s.Wasted++
		return false
	}
	s.accepted++
	s.Served++
	s.Drain = max(s.Drain, at-recovery)
	return true
}

// breaks is when the given stream of a client loses its connection. The streams
// of one client break together; a microsecond between them gives them an order.
func breaks(client, stream int) time.Duration {
	at := rand.New(rand.NewPCG(seed, uint64(client))).Int64N(int64(cut))
	return time.Duration(at) + time.Duration(stream)*time.Microsecond
}

// chance is the source of a stream's jitter.
func chance(id int) *rand.PCG { return rand.NewPCG(seed<<32, uint64(id)) }

// hold is how long a refused stream holds its room.
func (s strategy) hold(delay time.Duration, chance *rand.PCG) time.Duration {
	if s.spread == 0 {
		return delay
	}
	return delay + time.Duration(rand.New(chance).Float64()*s.spread*float64(delay))
}

// epoch turns the simulation's durations into the gate's times.
var epoch = time.Unix(0, 0)

type happening struct {
	at    time.Duration
	seq   int // breaks ties: first come, first served
	what  uint8
	which int32
}

const (
	enters  uint8 = iota // a stream wants to start an attempt
	refused              // its refusal's head has come
	served               // its reply's head has come
	opens                // a client's gate may let somebody go
)

type simStream struct {
	attempt int
	chance  rand.PCG
	visit   *visit
}

type simulation struct {
	setup
	server
	now     time.Duration
	seq     int
	heap    []happening
	streams []simStream
	gates   []*gate         // one a client
	armed   []time.Duration // when each gate's next opens event is due
	owner   map[*visit]int32
}

// run simulates s as a loop over events, with the gates that a Room has.
func (s setup) run() outcome {
	m := &simulation{setup: s, owner: map[*visit]int32{}}
	m.streams = make([]simStream, s.clients*s.streams)
	m.gates = make([]*gate, s.clients)
	m.armed = make([]time.Duration, s.clients)
	for id := range m.streams {
		m.streams[id].chance = *chance(id)
		m.push(breaks(id/s.streams, id%s.streams), enters, int32(id))
	}
	for len(m.heap) > 0 {
		e := m.pop()
		if e.at > recovery+patience {
			break
		}
		m.now = e.at
		switch e.what {
		case enters:
			m.enter(e.which)
		case refused:
			m.refused(e.which)
		case served:
			m.leave(e.which)
		case opens:
			m.step(e.which)
		}
	}
	return m.outcome
}

func (m *simulation) client(id int32) int32 { return id / int32(m.setup.streams) }

func (m *simulation) enter(id int32) {
	c := m.client(id)
	if g := m.gates[c]; g != nil && g.over(epoch.Add(m.now), DefaultTurn) {
		m.gates[c] = nil
	}
	g := m.gates[c]
	if g == nil {
		m.attempt(id)
		return
	}
	v := &visit{}
	m.owner[v], m.streams[id].visit = id, v
	g.queue = append(g.queue, v)
	m.step(c)
}

func (m *simulation) step(c int32) {
	g, now := m.gates[c], epoch.Add(m.now)
	if g == nil {
		return
	}
	if v := g.next(now, DefaultTurn); v != nil {
		m.attempt(m.owner[v])
	}
	if at := g.opens().Sub(epoch); len(g.queue) > 0 && m.armed[c] != at {
		m.armed[c] = at
		m.push(at, opens, c)
	}
}

func (m *simulation) attempt(id int32) {
	if m.request(m.now) {
		m.push(m.now+serveTime, served, id)
	} else {
		m.push(m.now+refuseTime, refused, id)
	}
}

func (m *simulation) refused(id int32) {
	s := &m.streams[id]
	delay := max(m.delays.Delay(s.attempt, rand.New(&s.chance).Float64), m.after)
	s.attempt++
	m.push(m.now+delay, enters, id)
	if !m.shared {
		return
	}
	c := m.client(id)
	if m.gates[c] == nil {
		m.gates[c] = &gate{}
	}
	m.gates[c].hold(epoch.Add(m.now + m.hold(delay, &s.chance)))
	m.leave(id)
}

func (m *simulation) leave(id int32) {
	s, c := &m.streams[id], m.client(id)
	g, v := m.gates[c], s.visit
	if v == nil {
		return
	}
	delete(m.owner, v)
	s.visit = nil
	if g == nil || !g.leave(v) {
		return
	}
	m.step(c)
	if g.turn == nil && len(g.queue) == 0 && !epoch.Add(m.now).Before(g.until) {
		m.gates[c] = nil
	}
}

func (h happening) before(o happening) bool {
	return h.at < o.at || h.at == o.at && h.seq < o.seq
}

// push and pop are a binary heap; container/heap takes several times as long.
func (m *simulation) push(at time.Duration, what uint8, which int32) {
	m.seq++
	e := happening{at, m.seq, what, which}
	m.heap = append(m.heap, e)
	i := len(m.heap) - 1
	for i > 0 && e.before(m.heap[(i-1)/2]) {
		m.heap[i] = m.heap[(i-1)/2]
		i = (i - 1) / 2
	}
	m.heap[i] = e
}

func (m *simulation) pop() happening {
	top, last := m.heap[0], m.heap[len(m.heap)-1]
	m.heap = m.heap[:len(m.heap)-1]
	if len(m.heap) == 0 {
		return top
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= len(m.heap) {
			break
		}
		if child+1 < len(m.heap) && m.heap[child+1].before(m.heap[child]) {
			child++
		}
		if !m.heap[child].before(last) {
			break
		}
		m.heap[i] = m.heap[child]
		i = child
	}
	m.heap[i] = last
	return top
}
