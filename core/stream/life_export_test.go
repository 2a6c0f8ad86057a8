package stream

import "time"

// TimerOf returns the timer that watches over an attempt, nil if there is none.
func TimerOf(a *Attempt) *time.Timer {
	a.clocks.mu.Lock()
	defer a.clocks.mu.Unlock()
	return a.clocks.alarm.timer
}
