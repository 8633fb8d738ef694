package import KubernetesAPI

/// The beginning of a lab, for `martlet lab new`.
package enum LabSkeleton {
    package static func text(id: String, name: String) -> String {
        """
        lab: \(name)
        id: \(id)
        version: 1
        title: A few words
        honesty: L1
        about: |
          What it is about.
        goals:
          - What is true in the end
        time: {typical: 10m, limit: 1h}
        needs:
          cluster: {min_kubernetes: "1.20"}
        setup:
          - namespace: "lab-\(name)-${nonce}"

        steps:
          - id: settings
            title: Keep a setting
            do: |
              Make a config map `settings` in the namespace `${namespace}` whose `colour` is `${nonce}`.
            hints:
              - "`kubectl -n ${namespace} create configmap settings --from-literal=colour=${nonce}`"
            solution: {apply: files/settings.yaml}
            checks:
              - id: colour
                why: A setting that nobody wrote down is lost.
                object: {ref: configmap/settings, fields: [{path: data.colour, value: "${nonce}"}]}
                proves: [other-colour]

        cleanup:
          do: [{delete: {namespace: "${namespace}"}}]
          checks:
            - {id: tidy, why: Leftovers surprise the next lab., clean: {namespaces: ["${namespace}"]}}

        prove:
          pristine: {red: all-goal}
          sabotage:
            - {id: other-colour, do: {patch: {ref: configmap/settings, merge: {data: {colour: grey}}}}, red: [colour]}

        """
    }

    package static let manifest = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
        data:
          colour: "${nonce}"

        """

    package static let object: JSONValue = [
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "settings"], "data": ["colour": "${nonce}"],
    ]
}
