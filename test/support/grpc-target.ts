import { resolve } from 'node:path';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A real gRPC service `greet.Greeter` with two methods, `Hello` and, as a stream, `Hellos`. */
export interface GrpcTarget extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  readonly calls: () => number;
  /** Method and metadata of each call, in order. */
  readonly received: { readonly method: string; readonly metadata: Record<string, unknown> }[];
}

interface GrpcCall {
  readonly request: { readonly name: string };
  readonly metadata: Metadata;
}

export async function startGrpcTarget(): Promise<GrpcTarget> {
  const definition = loadSync(resolve(import.meta.dirname, '../fixtures-k6/proto/greeter.proto'));
  const service = definition['greet.Greeter'] as ServiceDefinition<UntypedServiceImplementation>;
  const server = new Server();
  let calls = 0;
  const received: { method: string; metadata: Record<string, unknown> }[] = [];
  server.addService(service, {
    Hello: (call: GrpcCall, reply: (error: null, value: { text: string }) => void) => {
      calls += 1;
      received.push({ method: 'Hello', metadata: call.metadata.getMap() });
      reply(null, { text: `Hello ${call.request.name}` });
    },
    Hellos: (call: GrpcCall & { write(value: { text: string }): void; end(): void }) => {
      received.push({ method: 'Hellos', metadata: call.metadata.getMap() });
      call.write({ text: `Hello ${call.request.name}` });
      call.end();
    },
  });
  const port = await new Promise<number>((done, fail) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? done(bound) : fail(error),
    ),
  );
  return {
    address: `127.0.0.1:${port}`,
    calls: () => calls,
    received,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
