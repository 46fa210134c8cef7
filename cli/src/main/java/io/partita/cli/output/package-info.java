/** How answers look: tables for people, JSON and YAML for programs, colours where somebody looks. */
package io.partita.cli.output;
