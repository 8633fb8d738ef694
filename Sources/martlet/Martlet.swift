import Commands

@main
struct Martlet {
    static func main() async { await MartletCommand.runToExit() }
}
