// Package process starts programs that never outlive this one, keeps a server
// running on one loopback port, and carries what programs print, line by line.
package process
