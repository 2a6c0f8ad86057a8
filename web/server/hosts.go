package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// guard answers requests for this machine and for the hosts in allowed alone. A page
// of another site could point a name of its own here (DNS rebinding), and would then
// be let read everything, as of its own origin. All others get a 421.
func guard(next http.Handler, allowed ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r.Host)
		if isLocal(host) || slices.ContainsFunc(allowed, func(a string) bool { return host != "" && hostOf(a) == host }) {
			next.ServeHTTP(w, r)
			return
		}
		http.Error(w, fmt.Sprintf("The demo server does not answer for the host %.100q: a page of another site could read it by a name that leads here.\n"+
			"Open http://localhost with the same port. If the name is yours, start the server with -host and this name.", host), http.StatusMisdirectedRequest)
	})
}

// hostOf returns a host, with a port or without, as it is compared.
func hostOf(s string) string {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	return strings.ToLower(strings.TrimSuffix(s, "."))
}

// isLocal reports whether a host is this machine whatever a name server says.
func isLocal(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
