/** What makes the tool start quickly; run once, after a build. */
package io.partita.cli.start;
