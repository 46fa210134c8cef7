/** Records: how they are read from leaders, sent to them, and shown. */
package io.partita.cli.record;
