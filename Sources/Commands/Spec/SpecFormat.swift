internal import ArgumentParser

enum SpecFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}
