/// The version of the server and of its command.
package let telemetryVersion = "0.1.0"
