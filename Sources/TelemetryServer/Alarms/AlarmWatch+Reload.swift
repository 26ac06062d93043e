internal import Synchronization
internal import TelemetryLimits
internal import TelemetryStore

extension AlarmWatch {
    /// Uses other limits from now on. Alarms of the same name stay as they are until they are seen to be otherwise.
    func use(_ configuration: LimitsConfiguration) {
        let isRunActive = service.activeRun != nil
        state.withLock { state in
            var set = LimitSet(configuration, at: state.clock, isRunActive: isRunActive)
            set.restore(state.set.state)
            (state.configuration, state.set, state.subjects) = (configuration, set, configuration.subjects)
        }
    }
}
