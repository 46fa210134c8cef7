/** Filters of records, in a part of the Common Expression Language (CEL): read once, then asked for each record, each time with no more steps than the text has parts. Knows nothing of HTTP. */
package io.partita.broker.http.filter;
