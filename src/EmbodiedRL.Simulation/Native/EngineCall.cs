using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EmbodiedRL.Simulation.Native;

/// <summary>Messages of MuJoCo during one call from this thread: warnings are kept, an error ends the call.</summary>
/// <remarks>
/// MuJoCo ends the process when its error handler returns, and no exception may travel through its frames. So calls into its compiler,
/// which is C++ with much to clean up and recurses deeply, run on threads of our own: the handler records the error, signals the waiting
/// caller, and the thread stays in the handler for good. It costs one sleeping thread for each such error, which no healthy program has.
/// What steps a state goes through <see cref="EngineGuard"/> instead. Whatever is neither ends the process with MuJoCo's message.
/// </remarks>
internal sealed class EngineCall
{
    private const int LargeStack = 64 << 20; // MuJoCo's parser recurses as deep as a model is nested
    private const int WarningsKept = 16;

    [ThreadStatic]
    private static EngineCall? _current;

    private readonly TaskCompletionSource _ended = new();
    private readonly List<string> _warnings = [];

    /// <summary>The first few warnings, in order.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>How many warnings there were.</summary>
    public int WarningCount { get; private set; }

    /// <summary>The error that ended the call; null if it returned.</summary>
    public string? Error { get; private set; }

    /// <summary>Runs something on a thread of its own and waits for it.</summary>
    /// <param name="action">May call whatever it likes of MuJoCo; what it throws is thrown here.</param>
    /// <returns>MuJoCo's messages during the call; if <see cref="Error"/> is set, the action did not come to its end.</returns>
    public static EngineCall Run(Action action)
    {
        var call = new EngineCall();
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            _current = call;
            try
            {
                action();
            }
            catch (Exception error) // carried over to the caller's thread, nothing is swallowed
            {
                thrown = error;
            }

            call._ended.SetResult();
        }, LargeStack)
        { IsBackground = true, Name = "MuJoCo call" };
        thread.Start();
        call._ended.Task.Wait();
        if (thrown is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown);
        return call;
    }

    /// <summary>Makes MuJoCo talk to us instead of writing MUJOCO_LOG.TXT into the working directory and ending the process.</summary>
    internal static unsafe void Install(nint library)
    {
        *(nint*)NativeLibrary.GetExport(library, "mju_user_warning") = (nint)(delegate* unmanaged[Cdecl]<byte*, void>)&OnWarning;
        nint guarded = EngineGuard.Install(library);
        *(nint*)NativeLibrary.GetExport(library, "mju_user_error") = guarded != 0
            ? guarded
            : (nint)(delegate* unmanaged[Cdecl]<byte*, void>)&OnError;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void OnWarning(byte* message)
    {
        if (_current is not { } call) return; // the engine's own counters in mjData are read after each step
        call.WarningCount++;
        if (call._warnings.Count < WarningsKept) call._warnings.Add(Text(message));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe void OnError(byte* message) => OnErrorOutside(message);

    /// <summary>
    /// An error of a call that <see cref="EngineGuard"/> does not guard: ends this thread's work for good, or the process.
    /// </summary>
    internal static unsafe void OnErrorOutside(byte* message)
    {
        if (_current is not { } call)
        {
            Environment.FailFast($"MuJoCo cannot go on: {Text(message)}");
            return;
        }

        call.Error = Text(message);
        call._ended.SetResult();
        using var forever = new ManualResetEventSlim();
        forever.Wait();
    }

    internal static unsafe string Text(byte* message) =>
        string.Join(", ",
            (Marshal.PtrToStringUTF8((nint)message) ?? "").Split('\n',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
