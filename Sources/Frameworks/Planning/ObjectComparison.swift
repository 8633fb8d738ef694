package import KubernetesAPI

/// Compares what an object is with what it must be.
///
/// A server writes values its own way (`1000m` becomes `1`) and adds defaults, so unequal texts alone are no drift. Server-side
/// apply knows who set each field last (`metadata.managedFields`, the fields of manager martlet): a field that differs and is
/// still ours was only written differently; one that differs and is ours no longer, and any number, was changed by somebody.
package enum ObjectComparison {
    /// Fields that differ, in the order of their paths.
    package static func differences(
        desired: JSONValue, live: JSONValue, manager: String = FrameworkMarks.manager
    ) -> [FieldDifference] {
        var found: [FieldDifference] = []
        let owned = ownedFields(live, manager)
        let isSecret = desired["kind"]?.string == "Secret"
        for (key, value) in sorted(desired) where !["apiVersion", "kind", "metadata"].contains(key) {
            let isHidden = isSecret && (key == "data" || key == "stringData")
            compare(value, live[key], owned: owned.map { $0["f:\(key)"] }, path: key, isHidden: isHidden, into: &found)
        }
        if desired["kind"]?.string?.hasSuffix("WebhookConfiguration") ?? false {
            found.removeAll(where: isKeptByWebhook)
        }
        for key in ["labels", "annotations"] {
            guard let wanted = desired["metadata"]?[key] else { continue }
            var visible = wanted
            visible[FrameworkMarks.digest] = nil
            compare(
                visible, live["metadata"]?[key], owned: owned.map { $0["f:metadata"]?["f:\(key)"] },
                path: "metadata.\(key)", isHidden: false, into: &found)
        }
        return found
    }

    /// The programs behind a webhook write its rules and its authority themselves, as Knative's do; that is no drift.
    private static func isKeptByWebhook(_ difference: FieldDifference) -> Bool {
        difference.path.contains("].rules") || difference.path.hasSuffix(".caBundle")
    }

    /// Why another object must stand in its place: fields that Kubernetes never lets change; nil if it can be updated.
    package static func immutableReason(desired: JSONValue, live: JSONValue) -> String? {
        func differs(_ path: [String]) -> Bool {
            func value(_ object: JSONValue) -> JSONValue? { path.reduce(object) { $0?[$1] } }
            guard let wanted = value(desired), let found = value(live) else { return false }
            return !isContained(wanted, in: found)
        }
        switch desired["kind"]?.string {
        case "Deployment", "DaemonSet": return differs(["spec", "selector"]) ? "spec.selector cannot change" : nil
        case "Job": return differs(["spec", "template"]) ? "spec.template cannot change" : nil
        case "RoleBinding", "ClusterRoleBinding": return differs(["roleRef"]) ? "roleRef cannot change" : nil
        case "StorageClass": return differs(["parameters"]) ? "parameters cannot change" : nil
        default: return nil
        }
    }

    /// The fields that a manager applied, as FieldsV1; nil if the object has none.
    static func ownedFields(_ live: JSONValue, _ manager: String) -> JSONValue? {
        live["metadata"]?["managedFields"]?.array?.first {
            $0["manager"]?.string == manager && $0["operation"]?.string == "Apply"
        }?["fieldsV1"]
    }

    /// - Parameter owned: the part of FieldsV1 below this place; nil where nobody knows about owners, `.some(nil)` where the field
    ///   is not ours.
    private static func compare(
        _ desired: JSONValue, _ live: JSONValue?, owned: JSONValue??, path: String, isHidden: Bool,
        into found: inout [FieldDifference]
    ) {
        func report() {
            let words = { (value: JSONValue?) in value.map { isHidden ? "(secret)" : $0.text.shortened(80) } }
            found.append(FieldDifference(path, found: words(live), wanted: words(desired)))
        }
        switch desired {
        case .null: return
        case .object(let members):
            guard case .object(let present)? = live else {
                if !members.isEmpty { report() }
                return
            }
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                compare(
                    value, present[key], owned: below(owned, "f:\(key)"), path: "\(path).\(key)", isHidden: isHidden,
                    into: &found)
            }
        case .array(let items):
            guard case .array(let present)? = live else {
                if !items.isEmpty { report() }
                return
            }
            compare(items, present, owned: owned, path: path, isHidden: isHidden, into: &found)
        default:
            guard desired != live, !isSameText(desired, live), live != nil || !isNothing(desired) else { return }
            if case .some(.some) = owned, live != nil, !isOneWay(desired, live) { return }
            report()
        }
    }

    private static func compare(
        _ items: [JSONValue], _ present: [JSONValue], owned: JSONValue??, path: String, isHidden: Bool,
        into found: inout [FieldDifference]
    ) {
        for (index, item) in items.enumerated() {
            let name = item["name"]?.string
            let place = "\(path)[\(name ?? String(index))]"
            if item.object != nil {
                let key = listKey(of: item, owned)
                let match = present.first { candidate in
                    if let key { return key.fields.allSatisfy { candidate[$0.key] == $0.value } }
                    return name != nil && candidate["name"]?.string == name
                }
                let other = match ?? (name == nil && key == nil && index < present.count ? present[index] : nil)
                let inner: JSONValue??
                if let key {
                    inner = below(owned, key.text)
                } else {
                    inner = isAtomic(owned) ? owned : below(owned, "")
                }
                compare(item, other, owned: inner, path: place, isHidden: isHidden, into: &found)
            } else if !present.contains(where: { $0 == item || isSameText($0, item) }), !isAtomic(owned) {
                found.append(
                    FieldDifference(
                        place, found: nil, wanted: isHidden ? "(secret)" : item.text.shortened(80)))
            }
        }
    }

    /// The list is one value of ours.
    private static func isAtomic(_ owned: JSONValue??) -> Bool {
        guard case .some(.some(let fields)) = owned else { return false }
        return fields.object?.isEmpty ?? false
    }

    private static func below(_ owned: JSONValue??, _ key: String) -> JSONValue?? {
        switch owned {
        case nil: nil
        // What is wholly ours is ours in every part.
        case .some(.some(let fields)) where fields.object?.isEmpty == true: owned
        case .some(let fields): .some(fields?[key])
        }
    }

    /// How FieldsV1 calls the item of a list: `k:{"name":"web"}`.
    private static func listKey(
        of item: JSONValue, _ owned: JSONValue??
    ) -> (text: String, fields: [String: JSONValue])? {
        guard case .some(.some(let fields)) = owned else { return nil }
        for text in (fields.object ?? [:]).keys.sorted() where text.hasPrefix("k:") {
            guard let key = JSONValue.parse(Array(text.dropFirst(2).utf8))?.object else { continue }
            // What the item leaves out has its default there (`protocol`).
            if key.allSatisfy({ item[$0.key] == nil || item[$0.key] == $0.value }),
                key.contains(where: { item[$0.key] != nil })
            {
                return (text, key)
            }
        }
        return nil
    }

    /// What a server leaves out where the field has no other meaning than being empty: `value: ""`, `hostNetwork: false`.
    private static func isNothing(_ value: JSONValue) -> Bool { value == "" || value == false || value == 0 }

    /// Numbers and truths have one way to be written: another one was set by somebody, also where the server says it is ours.
    ///
    /// Until kubernetes/kubernetes#98377, and of custom resources still, what goes through the subresource `scale`, as `kubectl scale`
    /// does, leaves `managedFields` as they were.
    private static func isOneWay(_ left: JSONValue, _ right: JSONValue?) -> Bool {
        switch (left, right) {
        case (.integer, .integer), (.bool, .bool): true
        default: false
        }
    }

    private static func isSameText(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        guard let left, let right else { return false }
        switch (left, right) {
        case (.integer, .string), (.string, .integer), (.number, .string), (.string, .number), (.integer, .number),
            (.number, .integer):
            return left.text == right.text
        default: return false
        }
    }

    private static func isContained(_ wanted: JSONValue, in found: JSONValue) -> Bool {
        switch (wanted, found) {
        case (.object(let members), .object(let present)):
            members.allSatisfy { key, value in present[key].map { isContained(value, in: $0) } ?? value.isNull }
        case (.array(let items), .array(let present)):
            items.count == present.count && zip(items, present).allSatisfy { isContained($0, in: $1) }
        default: wanted == found || isSameText(wanted, found)
        }
    }

    private static func sorted(_ object: JSONValue) -> [(key: String, value: JSONValue)] {
        (object.object ?? [:]).sorted { $0.key < $1.key }
    }
}
