/// A file of somebody else that stands where martlet's must be, or would be taken before it.
///
/// It keeps its content under another name while martlet's is in force; `martlet reset` gives it back.
package enum ForeignFile {
    /// What its name ends with meanwhile.
    package static let suffix = ".before-martlet"

    /// The first line by which martlet knows a file as its own, in formats with such comments.
    private static let ownLine = "# Written by martlet."

    private static let isOwn = "head -n 1 $file 2>/dev/null | grep -qxF '\(ownLine)'"

    /// Shell that puts a file aside, unless it is martlet's own.
    ///
    /// What was put aside first stays: it is what the host was like.
    static func putAside(_ path: String) -> String {
        """
        file=\(path)
        if [ -e $file ] && [ ! -e $file\(suffix) ] && ! \(isOwn); then mv $file $file\(suffix); fi
        """
    }

    /// Shell that takes away martlet's own file, and gives back what was there before; may be repeated.
    static func giveBack(_ path: String) -> String {
        """
        file=\(path)
        if [ -e $file\(suffix) ]; then mv -f $file\(suffix) $file; elif \(isOwn); then rm -f $file; fi
        """
    }

    /// Shell before and after the removal of packages, which takes their files along as they are: one that is not as its package
    /// brought it is kept, and put back.
    ///
    /// A package lists its files with their MD5 (dpkg-query(1), `Conffiles`).
    static func keep(_ path: String, from package: String) -> (before: String, after: String) {
        (
            """
            file=\(path)
            if [ -e $file ] && ! dpkg-query -W -f='${Conffiles}\\n' \(package) 2>/dev/null |
                grep -qF "$file $(md5sum <$file | cut -d' ' -f1)"; then
              cp -p $file $file.kept
            fi
            """,
            """
            file=\(path)
            if [ -e $file.kept ]; then mv -f $file.kept $file; fi
            """
        )
    }
}
