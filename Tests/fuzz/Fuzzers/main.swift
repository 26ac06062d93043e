internal import CLibFuzzer
internal import Glibc

// fuzz event|files|query|cursor|otlp [OPTION OF libFuzzer ...] CORPUS ...
//
// What libFuzzer's options and its exit statuses are: https://llvm.org/docs/LibFuzzer.html

var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1

switch CommandLine.arguments.dropFirst().first {
case "event":
    exit(LLVMFuzzerRunDriver(&count, &arguments, { EventFuzzer.check(Input.bytes($0, $1)) }))
case "files":
    exit(LLVMFuzzerRunDriver(&count, &arguments, { FilesFuzzer.check(Input.bytes($0, $1)) }))
case "query":
    exit(LLVMFuzzerRunDriver(&count, &arguments, { QueryFuzzer.check(Input.bytes($0, $1)) }))
case "cursor":
    exit(LLVMFuzzerRunDriver(&count, &arguments, { CursorFuzzer.check(Input.bytes($0, $1)) }))
case "otlp":
    exit(LLVMFuzzerRunDriver(&count, &arguments, { OTLPFuzzer.check(Input.bytes($0, $1)) }))
default:
    print("usage: fuzz event|files|query|cursor|otlp [OPTION OF libFuzzer ...] CORPUS ...")
    exit(64)
}
