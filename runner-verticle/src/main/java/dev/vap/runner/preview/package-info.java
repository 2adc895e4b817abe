/** Pictures for people. */
package dev.vap.runner.preview;
