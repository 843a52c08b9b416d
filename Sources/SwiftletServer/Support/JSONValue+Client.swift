package import SwiftletSkills

extension JSONValue {
  /// The document that a client sent.
  ///
  /// - Throws: `ServiceError` with code `invalid_json`, also where arrays and objects nest more than
  ///   32 deep or there are more than `maximumValues` values.
  package init(client bytes: [UInt8], maximumValues: Int = .max) throws(ServiceError) {
    do {
      try self.init(reading: bytes, maximumDepth: 33, maximumValues: maximumValues)
    } catch {
      throw .badRequest("invalid_json", "\(error); send JSON as RFC 8259 says")
    }
  }
}
