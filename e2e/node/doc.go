// Package node uses the files for the browser in Node.
package node
