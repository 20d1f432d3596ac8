package dev.oriel.core.vm;

/** Everything that can move a VM: what a user asks for, and what a host reports. Closed on purpose. */
public sealed interface VmCommand {
    /** The column of the lifecycle table that this command reads. */
    VmEvent event();

    record Start() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.START;
        }
    }

    /** Power the guest down; {@code force} skips asking it. */
    record Stop(boolean force) implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.STOP;
        }
    }

    record Restart() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.RESTART;
        }
    }

    record Reset() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.RESET;
        }
    }

    record Suspend() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.SUSPEND;
        }
    }

    record Resume() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.RESUME;
        }
    }

    /** Make {@code count} running children that go on from this instant. */
    record Fork(int count) implements VmCommand {
        public Fork {
            if (count < 1) {
                throw new IllegalArgumentException("a fork has at least one child");
            }
        }

        @Override
        public VmEvent event() {
            return VmEvent.FORK;
        }
    }

    record Snapshot() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.SNAPSHOT;
        }
    }

    /** Take the disk back to a snapshot; a guest that runs is cut off and started again on it. */
    record Restore() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.RESTORE;
        }
    }

    record Delete() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.DELETE;
        }
    }

    /** A host's report, already known to be of the VM's current generation. */
    record Observed(VmPhase phase) implements VmCommand {
        @Override
        public VmEvent event() {
            return switch (phase) {
                case PROVISIONING -> VmEvent.SAW_PROVISIONING;
                case STARTING -> VmEvent.SAW_STARTING;
                case RUNNING -> VmEvent.SAW_RUNNING;
                case SUSPENDING -> VmEvent.SAW_SUSPENDING;
                case SUSPENDED -> VmEvent.SAW_SUSPENDED;
                case STOPPING -> VmEvent.SAW_STOPPING;
                case STOPPED -> VmEvent.SAW_STOPPED;
                case FAILED -> VmEvent.SAW_FAILED;
                case GONE -> VmEvent.SAW_GONE;
            };
        }
    }

    /** The VM's host has not answered for longer than its grace. */
    record HostLost() implements VmCommand {
        @Override
        public VmEvent event() {
            return VmEvent.HOST_LOST;
        }
    }
}
