/** What VAP talks about: scenarios, their statuses and options, detections, errors. Free of I/O. */
package dev.vap.shared.domain;
