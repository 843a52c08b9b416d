/// A number of a configuration struct: its dotted key in the file, where it is kept, and its range.
///
/// One table of them reads the file, prints the values and applies overrides, so that no number can
/// be forgotten in one of the three.
package struct NumberField<Root>: Sendable {
  /// `group.name`.
  package let key: String
  /// Where the value is kept.
  package let path: any WritableKeyPath<Root, Double> & Sendable
  /// What is allowed.
  package let range: ClosedRange<Double>

  /// A field.
  init(
    _ key: String, _ path: any WritableKeyPath<Root, Double> & Sendable,
    _ range: ClosedRange<Double>
  ) {
    self.key = key
    self.path = path
    self.range = range
  }
}

extension ConfigNode {
  /// Reads two levels of mappings into the fields of `root`, which keep their value where the file
  /// does not state them.
  ///
  /// - Throws: `SkillError` for an unknown key, a value that is no number or out of range.
  func readNumbers<Root>(
    into root: inout Root, fields: [NumberField<Root>], schema: String
  ) throws(SkillError) {
    let groups = Set(fields.compactMap { $0.key.split(separator: ".").first.map(String.init) })
    let members = try members(known: ["schema"] + groups)
    try checkSchema(schema, members)
    for (_, group) in members.sorted(by: { $0.key < $1.key }) where group.key != "schema" {
      for (_, node) in try group.members() {
        guard let field = fields.first(where: { $0.key == node.key }) else {
          throw node.unknown(known: fields.map(\.key).filter { $0.hasPrefix(group.key + ".") })
        }
        root[keyPath: field.path] = try node.double(in: field.range)
      }
    }
  }
}
