/** Real servers and small helpers for the tests of the other modules; always a dependency in test scope. */
package dev.vap.testing;
