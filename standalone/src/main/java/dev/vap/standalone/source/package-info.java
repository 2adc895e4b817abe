/** Looking at sources in this very process, without a server. */
package dev.vap.standalone.source;
