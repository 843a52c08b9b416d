#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a `multipart/form-data` body as it arrives, holding no more of it than one delimiter or one
/// header block.
///
/// Stricter than the standards ask: no preamble, no epilogue but one line end, no folded headers, no
/// transfer encoding that would have to be undone. Whatever deviates is an error.
///
/// Sources: RFC 7578 (multipart/form-data), RFC 2046 section 5.1 (multipart).
package struct MultipartParser {
  /// What is accepted before the parser gives up.
  package struct Limits: Sendable {
    /// The most parts a body may have.
    package var parts = 16
    /// The most bytes that the header block of a part may have.
    package var headerBytes = 8192

    /// The limits of the service.
    package init() {}
  }

  /// What the header block of a part states.
  package struct PartHeader: Equatable, Sendable {
    /// The name of the form field.
    package var name: String
    /// The client's name for the file, where the part is one.
    package var fileName: String?
    /// The media type that the client states, where it does.
    package var contentType: String?

    /// A header.
    package init(name: String, fileName: String? = nil, contentType: String? = nil) {
      self.name = name
      self.fileName = fileName
      self.contentType = contentType
    }
  }

  /// A step through the body.
  package enum Event: Equatable, Sendable {
    case partBegan(PartHeader)
    case data([UInt8])
    case partEnded
  }

  private enum State {
    case start
    case afterDelimiter
    case header
    case content
    case epilogue
  }

  private let limits: Limits
  private let delimiter: [UInt8]
  private var state = State.start
  private var pending: [UInt8] = []
  private var parts = 0

  /// A parser of a body whose parts are separated by `boundary`.
  package init(boundary: String, limits: Limits = Limits()) throws(ServiceError) {
    guard Self.isBoundary(boundary) else {
      throw .badRequest(
        ServiceError.malformedMultipart,
        "the boundary is not 1 to 70 of the characters that RFC 2046 allows")
    }
    self.limits = limits
    delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter has no line end of its own before it.
    pending = [0x0d, 0x0a]
  }

  /// Whether `text` may separate parts.
  package static func isBoundary(_ text: String) -> Bool {
    let utf8 = text.utf8
    return (1...70).contains(utf8.count) && utf8.last != 0x20
      && utf8.allSatisfy { byte in
        isAlphanumeric(byte) || "'()+_,-./:=? ".utf8.contains(byte)
      }
  }

  /// Takes the next bytes of the body and gives what they complete, in order.
  package mutating func feed(_ bytes: some Sequence<UInt8>) throws(ServiceError) -> [Event] {
    pending.append(contentsOf: bytes)
    var events: [Event] = []
    var position = 0
    while try step(&position, &events) {}
    pending.removeFirst(position)
    return events
  }

  /// Ends the body.
  ///
  /// - Throws: `ServiceError` unless the closing delimiter has been read.
  package func finish() throws(ServiceError) {
    guard state == .epilogue, pending.isEmpty || pending == [0x0d, 0x0a] else {
      throw malformed(
        state == .epilogue ? "bytes follow the closing delimiter" : "the body ends inside a part")
    }
  }

  /// Advances over one element of the body; false where more bytes are needed.
  private mutating func step(
    _ position: inout Int, _ events: inout [Event]
  ) throws(ServiceError) -> Bool {
    let available = pending.count - position
    switch state {
    case .start:
      guard available >= delimiter.count else {
        guard delimiter.starts(with: pending[position...]) else {
          throw malformed("the body does not begin with its delimiter")
        }
        return false
      }
      guard pending[position...].starts(with: delimiter) else {
        throw malformed("the body does not begin with its delimiter")
      }
      position += delimiter.count
      state = .afterDelimiter
      return true

    case .afterDelimiter:
      guard available >= 2 else { return false }
      let (first, second) = (pending[position], pending[position + 1])
      position += 2
      if first == 0x2d, second == 0x2d {
        state = .epilogue
        return true
      }
      guard first == 0x0d, second == 0x0a else {
        throw malformed("a delimiter does not stand alone on its line")
      }
      parts += 1
      guard parts <= limits.parts else {
        throw malformed("the body has more than \(limits.parts) parts")
      }
      state = .header
      return true

    case .header:
      guard let end = index(of: [0x0d, 0x0a, 0x0d, 0x0a], from: position) else {
        guard available <= limits.headerBytes else {
          throw malformed("the header of a part has more than \(limits.headerBytes) bytes")
        }
        return false
      }
      guard end - position <= limits.headerBytes else {
        throw malformed("the header of a part has more than \(limits.headerBytes) bytes")
      }
      events.append(.partBegan(try MultipartHeader.parse(pending[position..<end])))
      position = end + 4
      state = .content
      return true

    case .content:
      if let end = index(of: delimiter, from: position) {
        if end > position { events.append(.data(Array(pending[position..<end]))) }
        events.append(.partEnded)
        position = end + delimiter.count
        state = .afterDelimiter
        return true
      }
      // The last bytes may be the beginning of a delimiter.
      let safe = available - (delimiter.count - 1)
      if safe > 0 {
        events.append(.data(Array(pending[position..<(position + safe)])))
        position += safe
      }
      return false

    case .epilogue:
      guard available <= 2 else { throw malformed("bytes follow the closing delimiter") }
      return false
    }
  }
}

extension MultipartParser {
  /// Where `pattern`, whose first byte is a carriage return, begins in the bytes not yet consumed.
  private func index(of pattern: [UInt8], from start: Int) -> Int? {
    pending.withUnsafeBytes { bytes in
      var from = start
      while from + pattern.count <= bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + from, 0x0d, bytes.count - pattern.count + 1 - from)
      {
        let place = UnsafeRawPointer(found) - base
        if bytes[place..<place + pattern.count].elementsEqual(pattern) { return place }
        from = place + 1
      }
      return nil
    }
  }

  private func malformed(_ why: String) -> ServiceError {
    .badRequest(
      ServiceError.malformedMultipart, "\(why); send multipart/form-data as RFC 7578 says")
  }
}
