using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EmbodiedRL.Simulation.Native;

/// <summary>Guarded calls into MuJoCo: a fatal error of MuJoCo returns as an exception instead of ending the process.</summary>
/// <remarks>
/// MuJoCo ends the process when its error handler returns, so the handler must not: it has to leave MuJoCo's frames, which are plain C,
/// behind. C has setjmp and longjmp for this, which a managed frame can neither set nor be jumped over by. So a few instructions of our own
/// stand where they would: one function that remembers the stack and calls MuJoCo, and one error handler that asks <see cref="OnError"/>
/// where to go and goes back there. No managed frame is ever skipped: to the runtime, a native call has returned. It costs a few
/// nanoseconds a call. Only x86-64 has them; elsewhere, and where memory may not be made executable, an error ends the process with its
/// message. What was being computed is half done afterwards, so the state must be reset.
/// </remarks>
internal static unsafe partial class EngineGuard
{
    private const int ReadWrite = 3, ReadExecute = 5, PrivateAnonymous = 0x22, PageBytes = 4096;

    [ThreadStatic]
    private static nint* _back;

    [ThreadStatic]
    private static string? _error;

    // rdi: function, rsi and rdx: its arguments, rcx: two numbers, where the stack and the result are kept.
    // Gives 0 once the function has returned.
    private static readonly byte[] Enter =
    [
        0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57,     // push rbx, rbp, r12, r13, r14, r15
        0x48, 0x83, 0xEC, 0x08,                                         // sub rsp, 8
        0x48, 0x89, 0x21, 0x48, 0x89, 0xCB,                             // mov [rcx], rsp; mov rbx, rcx
        0x48, 0x89, 0xF8, 0x48, 0x89, 0xF7, 0x48, 0x89, 0xD6,           // mov rax, rdi; mov rdi, rsi; mov rsi, rdx
        0xFF, 0xD0, 0x48, 0x89, 0x43, 0x08,                             // call rax; mov [rbx + 8], rax
        0x31, 0xC0,                                                     // xor eax, eax
    ];

    private static readonly byte[] Leave =
    [
        0x48, 0x83, 0xC4, 0x08,                                         // add rsp, 8
        0x41, 0x5F, 0x41, 0x5E, 0x41, 0x5D, 0x41, 0x5C, 0x5D, 0x5B,     // pop r15, r14, r13, r12, rbp, rbx
        0xC3,                                                           // ret
    ];

    // rdi: MuJoCo's message. Asks the managed handler; goes on with 1 where the stack was remembered, or returns if it was not.
    private static readonly byte[] AskHandler = [0x48, 0x83, 0xEC, 0x08, 0x48, 0xB8];                 // sub rsp, 8; mov rax, (8 bytes)
    // call rax; test rax, rax; jz; mov rsp, [rax]; mov eax, 1
    private static readonly byte[] GoBack = [0xFF, 0xD0, 0x48, 0x85, 0xC0, 0x74, 0x17, 0x48, 0x8B, 0x20, 0xB8, 1, 0, 0, 0];
    private static readonly byte[] Return = [0x48, 0x83, 0xC4, 0x08, 0xC3];                           // add rsp, 8; ret

    private static delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, int> _enter;

    /// <summary>Whether errors come back on this machine.</summary>
    public static bool IsAvailable => _enter != null;

    /// <summary>The functions of an mjModel and an mjData that this process guards, once <see cref="Install"/> was called.</summary>
    public static nint Step { get; private set; }

    /// <inheritdoc cref="Step"/>
    public static nint StepBeforeControls { get; private set; }

    /// <inheritdoc cref="Step"/>
    public static nint StepAfterControls { get; private set; }

    /// <inheritdoc cref="Step"/>
    public static nint Forward { get; private set; }

    /// <inheritdoc cref="Step"/>
    public static nint Kinematics { get; private set; }

    /// <inheritdoc cref="Step"/>
    public static nint Inverse { get; private set; }

    /// <inheritdoc cref="Step"/>
    public static nint SetConstants { get; private set; }

    /// <summary>Makes an mjData of an mjModel.</summary>
    public static nint MakeData { get; private set; }

    /// <summary>Copies an mjModel into another, or into a new one.</summary>
    public static nint CopyModel { get; private set; }

    /// <inheritdoc cref="Step"/>
    public static nint BodyForces { get; private set; }

    /// <summary>Calls a function of two arguments.</summary>
    /// <returns>MuJoCo's fatal error; null if the function returned.</returns>
    public static string? Call(nint function, nint first, nint second) => Call(function, first, second, out _);

    /// <summary>Calls a function of two arguments that gives an address, e.g. of what it made.</summary>
    /// <returns>MuJoCo's fatal error; null if the function returned.</returns>
    public static string? Call(nint function, nint first, nint second, out nint result)
    {
        if (_enter == null)
        {
            result = ((delegate* unmanaged[Cdecl]<nint, nint, nint>)function)(first, second);
            return null;
        }

        nint* kept = stackalloc nint[2];
        _back = kept;
        int failed = _enter(function, first, second, kept);
        _back = null;
        result = failed == 0 ? kept[1] : 0;
        return failed == 0 ? null : _error ?? "it gives no reason";
    }

    /// <summary>Finds the functions to guard.</summary>
    /// <param name="library">MuJoCo.</param>
    /// <returns>The error handler to hand to MuJoCo; 0 if this machine cannot have one that comes back.</returns>
    public static nint Install(nint library)
    {
        (Step, Forward, Kinematics, Inverse) = (Find("mj_step"), Find("mj_forward"), Find("mj_kinematics"), Find("mj_inverse"));
        (StepBeforeControls, StepAfterControls, BodyForces) = (Find("mj_step1"), Find("mj_step2"), Find("mj_rnePostConstraint"));
        (MakeData, CopyModel, SetConstants) = (Find("mj_makeData"), Find("mj_copyModel"), Find("mj_setConst"));
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux()) return 0;
        byte* page = MapMemory(null, PageBytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (page == (byte*)-1) return 0;
        nint onError = (nint)(delegate* unmanaged[Cdecl]<byte*, nint>)&OnError;
        byte[] enter = [.. Enter, .. Leave];
        byte[] handler = [.. AskHandler, .. BitConverter.GetBytes(onError), .. GoBack, .. Leave, .. Return];
        const int apart = 64;
        enter.CopyTo(new Span<byte>(page, PageBytes));
        handler.CopyTo(new Span<byte>(page + apart, PageBytes - apart));
        if (ProtectMemory(page, PageBytes, ReadExecute) != 0) return 0;
        _enter = (delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, int>)page;
        return (nint)(page + apart);

        nint Find(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>
    /// Where to go back to from an error: what this thread remembered, or 0, in which case <see cref="EngineCall"/> has had its say.
    /// </summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint OnError(byte* message)
    {
        if (_back == null)
        {
            EngineCall.OnErrorOutside(message);
            return 0;
        }

        _error = EngineCall.Text(message);
        return (nint)_back;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* MapMemory(byte* at, nint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(byte* at, nint bytes, int protection);
}
