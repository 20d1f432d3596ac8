/** What people used, day by day: metered by the database itself. */
@NullMarked
package dev.oriel.api.usage;

import org.jspecify.annotations.NullMarked;
