/** The contract of the API, {@code openapi.yaml}: what may be asked, checked before anything else looks at a request. */
package dev.vap.api.contract;
