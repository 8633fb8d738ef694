/// Certificates made for these tests with openssl; the keys were thrown away.
///
/// All begin at the same moment, 24 November 2026 15:53:06 UTC.
enum CertificateFixtures {
    static let begin = 1_795_535_586.0

    /// Ten years.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBfzCCASWgAwIBAgIUKjiYO6iAeT3kOhw1cc1vNUxTYm8wCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKa3ViZXJuZXRlczAeFw0yNjExMjQxNTUzMDVaFw0zNjExMjEx
        NTUzMDVaMBUxEzARBgNVBAMMCmt1YmVybmV0ZXMwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASQwuxDBjYs7637YZmKPwxy+wlddFSE5U475r1XAkSoaYc8vqIV+06K
        YkiggzN4PzYic7BT3hJXBZg+L13aDiN3o1MwUTAdBgNVHQ4EFgQUHzg9wj3MmOLq
        Na0I7E27LmjuOdcwHwYDVR0jBBgwFoAUHzg9wj3MmOLqNa0I7E27LmjuOdcwDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAs6A5XizzKzg6hDPGV5JO
        69px440R54uFvhOi1YmfjL8CIGY24ha1+UpX1G/HGE7wtRSc82WTrYsswGkfU/DM
        J1FG
        -----END CERTIFICATE-----
        """

    /// As `authority`, with another key.
    static let otherAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBfjCCASWgAwIBAgIUIIsm8UohjmXyOuk0Rz+swMIEstMwCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKa3ViZXJuZXRlczAeFw0yNjExMjQxNTUzMDZaFw0zNjExMjEx
        NTUzMDZaMBUxEzARBgNVBAMMCmt1YmVybmV0ZXMwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQMKJ2DdLbMwSOCTOUJqkrYBMawXOuKLgTOOtmDs3yOEZ49jHS/TDNo
        Wfr0zVq0dO4TC8BDI+F5bfWbZZmS6Sb0o1MwUTAdBgNVHQ4EFgQUOfaoMi925JGB
        QL4YpcduFTI8vg8wHwYDVR0jBBgwFoAUOfaoMi925JGBQL4YpcduFTI8vg8wDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAN40sjMH6gqF2h7lmV+AnM
        NX/bZg7qJlTOdPJnNN3LfwIgIEQn0s6tgkqFigQMCLoe+xBhxazUKQFeB7znQi4C
        +yw=
        -----END CERTIFICATE-----
        """

    /// One year, for cp-1, kubernetes.default.svc and 10.0.0.11.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgICOdUwCgYIKoZIzj0EAwIwFTETMBEGA1UEAwwKa3ViZXJu
        ZXRlczAeFw0yNjExMjQxNTUzMDZaFw0yNzExMjQxNTUzMDZaMBQxEjAQBgNVBAMM
        CWFwaXNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG3m/neuezo8A4N7
        HYZW+1CF+mOqqpTP4HgH804p4+N1G65vUoR6+Tq6MzBQJd+aWFf/AdIWjMPCSpsF
        iYfbW1mjgYEwfzAOBgNVHQ8BAf8EBAMCB4AwLQYDVR0RBCYwJIIEY3AtMYIWa3Vi
        ZXJuZXRlcy5kZWZhdWx0LnN2Y4cECgAACzAdBgNVHQ4EFgQUSZwfTiy9PFWoUqxf
        y6ONEG3I+sswHwYDVR0jBBgwFoAUHzg9wj3MmOLqNa0I7E27LmjuOdcwCgYIKoZI
        zj0EAwIDSAAwRQIgaXNogqz07YFRAwsbmzcT4yu8/MeScG969EEYeuLl6P4CIQCR
        I4pgBtgLKhFiGbvdjjtrqROjpsDnY2YfVWJn/D8Ajg==
        -----END CERTIFICATE-----
        """

    /// One year, for cp-1, kubernetes and 10.0.0.12.
    static let renewed = """
        -----BEGIN CERTIFICATE-----
        MIIBfDCCASKgAwIBAgICPbMwCgYIKoZIzj0EAwIwFTETMBEGA1UEAwwKa3ViZXJu
        ZXRlczAeFw0yNjExMjQxNTUzMDZaFw0yNzExMjQxNTUzMDZaMBIxEDAOBgNVBAMM
        B3JlbmV3ZWQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ5BXF4KOCegk/vuxnE
        N21a44Il28p/M+piDflk7XlGsk9xLRqRMkW7AHlmcdSluBZ3PTO8sF9+p+cAcenK
        VJXRo2UwYzAhBgNVHREEGjAYggRjcC0xggprdWJlcm5ldGVzhwQKAAAMMB0GA1Ud
        DgQWBBRYILW/g2qpGjWPOo30q+5Iz1mt/jAfBgNVHSMEGDAWgBQfOD3CPcyY4uo1
        rQjsTbsuaO451zAKBggqhkjOPQQDAgNIADBFAiEAhNgd3UkCeVAsIW2jSEptKM98
        j9sVLaWksxlKCp9iRHMCIEM3IXg22NtXfpxQKo0jHOKni2KX+0nR18l3l1LLh88M
        -----END CERTIFICATE-----
        """

    /// Ten days.
    static let short = """
        -----BEGIN CERTIFICATE-----
        MIIBaTCCAQ6gAwIBAgICPPYwCgYIKoZIzj0EAwIwFTETMBEGA1UEAwwKa3ViZXJu
        ZXRlczAeFw0yNjExMjQxNTUzMDZaFw0yNjEyMDQxNTUzMDZaMBAxDjAMBgNVBAMM
        BXNob3J0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9oUVl59i4g4jsYZHKIyP
        mrGpUwgmOW0KP8+DZqmsCd8wbjyw3QLQb6g20uNk46Sp8jUlj58iQWauuP7G03Rt
        dqNTMFEwDwYDVR0RBAgwBoIEY3AtMTAdBgNVHQ4EFgQUAYaGeCKWkVbJWndUc9xW
        m3/BGykwHwYDVR0jBBgwFoAUHzg9wj3MmOLqNa0I7E27LmjuOdcwCgYIKoZIzj0E
        AwIDSQAwRgIhANQ+ZtE22M09skE7/BSaZ0mJtgnEbL53dy2II/DncroCAiEAvvag
        jz4AVb9dT4Dbt5nbPG8eQofEfEq7LbJ+qWKd6kk=
        -----END CERTIFICATE-----
        """

    /// The public half of the key of `authority`.
    static let authorityKey = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkMLsQwY2LO+t+2GZij8McvsJXXRU
        hOVOO+a9VwJEqGmHPL6iFftOimJIoIMzeD82InOwU94SVwWYPi9d2g4jdw==
        -----END PUBLIC KEY-----
        """

    /// The public half of the key of `otherAuthority`.
    static let otherKey = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDCidg3S2zMEjgkzlCapK2ATGsFzr
        ii4EzjrZg7N8jhGePYx0v0wzaFn69M1atHTuEwvAQyPheW31m2WZkukm9A==
        -----END PUBLIC KEY-----
        """
}
