/// The settings of one socket; every bound that keeps a silent loss from happening is here.
///
/// Keys for an encrypted transport will be one more optional member.
package struct SocketOptions: Sendable, Equatable {
  /// Messages that may wait in each direction per peer.
  ///
  /// Counted in messages, so bulk bytes in flight are `highWaterMark` times the chunk size.
  package var highWaterMark: Int32
  /// Milliseconds that closing waits for unsent messages; never infinite.
  package var lingerMilliseconds: Int32 = 1_000
  /// The longest frame that is accepted, in bytes; a longer one ends the connection.
  package var frameByteLimit: Int64 = 8 << 20
  /// Milliseconds between heartbeats of the transport.
  package var heartbeatMilliseconds: Int32 = 2_000
  /// Milliseconds without any complete message after which a connection counts as dead.
  ///
  /// The bytes of a half-received frame do not count as life: chunk bytes over the slowest link's
  /// rate must stay well below this.
  package var heartbeatTimeoutMilliseconds: Int32 = 10_000
  /// Milliseconds that a peer has for the protocol's greeting.
  package var handshakeMilliseconds: Int32 = 10_000
  /// Milliseconds before the first attempt to connect again; doubled up to the limit.
  package var reconnectMilliseconds: Int32 = 100
  package var reconnectLimitMilliseconds: Int32 = 10_000

  /// Small messages that must not wait behind bulk bytes.
  package static let control = SocketOptions(highWaterMark: 16)
  /// Chunks of blobs and the requests for them.
  package static let bulk = SocketOptions(highWaterMark: 32)

  package init(highWaterMark: Int32) { self.highWaterMark = highWaterMark }
}
