/** What the cluster says right now: predictions as they come, the state of sessions, the models. */
package dev.vap.api.live;
