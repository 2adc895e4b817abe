/** Time as the runner sees it, replaceable in tests. */
package dev.vap.runner.time;
