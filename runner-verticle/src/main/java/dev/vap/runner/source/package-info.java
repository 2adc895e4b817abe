/** Sources as sessions see them: numbered frames, in order, from a start frame on, however often a file is repeated. */
package dev.vap.runner.source;
