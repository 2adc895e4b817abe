/** What is printed, and how: lines, tables, a progress bar that keeps out of their way. */
package dev.vap.standalone.terminal;
