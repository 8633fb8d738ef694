/// Text as a part of a URL's path.
package enum PathText {
    package static func escaped(_ text: String) -> String { APICall.escaped(text) }
}
