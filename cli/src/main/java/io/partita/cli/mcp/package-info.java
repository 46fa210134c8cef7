/** The commands as tools of the Model Context Protocol, for programs that help people. */
package io.partita.cli.mcp;
