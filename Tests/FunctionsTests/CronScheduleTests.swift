import Testing

@testable import Functions

@Suite("Schedules")
struct CronScheduleTests {
    @Test(
        "What the frameworks' timers take",
        arguments: [
            "0 6 * * *", "*/5 * * * *", "0-30/10 8-18 ? * MON-FRI", "0 0 1,15 jan,JUL *", "59 23 31 12 6",
            "5/15 * * * *", "*/60 */24 * * *",
            " 0\t6  * * * ", "@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually",
            "@every 1h30m", "@every 90s", "0 0 * * sun,2-4",
        ]) func isTaken(_ text: String)
    { #expect(CronSchedule.fault(text) == nil) }

    @Test(
        "What they do not take, with the field and what was expected",
        arguments: [
            ("", "0 fields"), ("often", "1 field:"), ("0 6 * *", "4 fields"), ("0 0 6 * * *", "6 fields"),
            ("60 * * * *", "minute `60`: expected 0 to 59"), ("* 24 * * *", "hour `24`: expected 0 to 23"),
            ("* * 0 * *", "day of the month `0`: expected 1 to 31"),
            ("* * * 13 *", "month `13`: expected 1 to 12 or jan"),
            ("* * * * 7", "Sunday is 0"), ("* * * * 8", "day of the week `8`: expected 0 to 6 or sun to sat"),
            ("* * * * someday", "day of the week `someday`"), ("mon * * * *", "minute `mon`"),
            ("30-10 * * * *", "the range `30-10` ends before it begins"), ("*/0 * * * *", "the step `0`"),
            ("*/x * * * *", "the step `x`"), ("*/5/5 * * * *", "minute"),
            ("1-2-3 * * * *", "minute"), ("1,,2 * * * *", "minute"), ("-1 * * * *", "minute"), ("+1 * * * *", "minute"),
            ("** * * * *", "minute"), ("99999999999999999999 * * * *", "minute"), ("0 6 * * L", "day of the week"),
            ("@reboot", "`@reboot` is no such word"), ("@hourly 5", "@hourly"), ("@Hourly", "@Hourly"),
            ("@every", "a duration"), ("@every 5", "a duration"), ("@every 0s", "a duration"),
            ("@every -5m", "a duration"),
            ("@every m", "a duration"), ("@every 99999999999999999999h", "a duration"), ("@every 1 h", "a duration"),
            ("TZ=Europe/Berlin 0 6 * * *", "6 fields"),
        ]) func isRefused(_ text: String, _ words: String) throws
    {
        let fault = try #require(CronSchedule.fault(text))
        #expect(fault.contains(words), "\(fault)")
    }
}
