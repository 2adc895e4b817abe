/** From a source frame to the picture a model wants. */
package dev.vap.runner.preprocess;
