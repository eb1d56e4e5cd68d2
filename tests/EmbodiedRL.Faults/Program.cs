using EmbodiedRL.Faults;

return args is ["--worker"] ? await Worker.RunAsync(Console.In, Console.Out) : await Campaign.RunAsync(args, Console.Out);
