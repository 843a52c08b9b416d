package import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which part of the address space an address belongs to.
///
/// Source: IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890 and later).
package enum AddressRange: Sendable, Equatable {
  /// This machine.
  case loopback
  /// Reachable from everywhere.
  case `public`
  /// Private, link-local, shared, multicast, documentation, or another that is not for everyone.
  case special

  /// The part to which `address` belongs.
  package init(_ address: SocketAddress) {
    var bytes = [UInt8](repeating: 0, count: 16)
    let text = address.ipAddress ?? ""
    if inet_pton(AF_INET, text, &bytes) == 1 {
      self.init(ipv4: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    } else if inet_pton(AF_INET6, text, &bytes) == 1 {
      self.init(ipv6: bytes)
    } else {
      self = .special
    }
  }

  private static let reserved: [(network: UInt32, bits: UInt32)] = [
    (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0xa9fe_0000, 16), (0xac10_0000, 12),
    (0xc000_0000, 24), (0xc000_0200, 24), (0xc058_6300, 24), (0xc0a8_0000, 16), (0xc612_0000, 15),
    (0xc633_6400, 24), (0xcb00_7100, 24), (0xe000_0000, 4), (0xf000_0000, 4),
  ]

  private init(ipv4 address: UInt32) {
    if address >> 24 == 127 {
      self = .loopback
    } else {
      let isSpecial = Self.reserved.contains { network, bits in
        address >> (32 - bits) == network >> (32 - bits)
      }
      self = isSpecial ? .special : .public
    }
  }

  private init(ipv6 bytes: [UInt8]) {
    if bytes.dropLast().allSatisfy({ $0 == 0 }), bytes.last == 1 {
      self = .loopback
      return
    }
    // Global unicast is 2000::/3; within it, protocol assignments with Teredo (2001::/23),
    // documentation (2001:db8::/32, 3fff::/20) and 6to4 (2002::/16) are not for everyone.
    let word = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let isGlobal = word >> 29 == 1
    let isReserved =
      word >> 9 == 0x2001_0000 >> 9 || word == 0x2001_0db8 || word >> 16 == 0x2002
      || word >> 12 == 0x3fff_0000 >> 12
    self = isGlobal && !isReserved ? .public : .special
  }
}
