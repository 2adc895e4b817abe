/** The API service: HTTP, live streams, the console, and the inbox of results. */
package dev.vap.api;
