/** Templates as this host has them: recipes, the builds made from them, and the base images VMs start from. */
@NullMarked
package dev.oriel.host.template;

import org.jspecify.annotations.NullMarked;
