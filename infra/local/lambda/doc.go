// Package lambda runs the real bootstrap binaries of AWS Lambda functions on
// this machine. It speaks the Lambda Runtime API (2018-06-01) to them, as the
// service does.
//
// As in AWS, a process answers one invocation at a time, a further concurrent
// one gets a further process, and what a process was handed out is never handed
// to another. Unlike AWS, invocations over the bound of processes wait.
package lambda
