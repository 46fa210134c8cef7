/**
 * Page views of a web site, counted from its access log: raw lines go to the topic {@code web_log}, parsed events to {@code page_views}, and the
 * counts are shown over HTTP. The stages know each other by topic alone, so each can be stopped, replaced or fed by something else.
 */
package io.partita.examples.weblog;
