/** Routes, validation of what comes in, and the one form of errors that goes out. */
package dev.vap.api.http;
