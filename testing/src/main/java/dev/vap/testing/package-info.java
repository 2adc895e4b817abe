/** Real servers, processes and small tools for tests and benchmarks; no service depends on it. */
package dev.vap.testing;
