/** A client of the HTTP API, like any other one. */
package dev.vap.standalone.client;
