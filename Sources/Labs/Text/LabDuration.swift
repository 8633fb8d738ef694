package import ConfigTree

/// Spans of time as labs write them.
package typealias LabDuration = DurationText
