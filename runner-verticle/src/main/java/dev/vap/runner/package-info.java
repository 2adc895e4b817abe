/** The runner: a process, or a part of one, that turns video sources into results. */
package dev.vap.runner;
