// Package npm installs the npm package in throwaway projects, and uses it there.
package npm
