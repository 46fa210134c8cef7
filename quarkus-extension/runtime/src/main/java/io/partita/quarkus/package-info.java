/** What an application has of the extension: nothing but its descriptor and one default setting. All the rest is for dev mode and tests. */
package io.partita.quarkus;
