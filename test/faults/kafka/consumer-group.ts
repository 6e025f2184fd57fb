import type { Scheduled, World } from '../world/world.js';
import { CommittedOffsets } from './committed-offsets.js';
import type {
  CommitRequest,
  JoinAnswer,
  JoinRequest,
  Membership,
  Reply,
  SyncAnswer,
  SyncRequest,
} from './group-protocol.js';
import type { Member, Persisted } from './group-member.js';
import { isSame } from './group-member.js';
import { protocolError } from './kafkajs-internals.js';

const NOTHING_ASSIGNED = Buffer.alloc(0);

/**
 * A group as the classic protocol has it (Kafka's GroupCoordinator): join, sync, heartbeat, leave, commit. Each throws
 * what the coordinator refuses with; a join and a sync may be answered later. What a broker does without being asked (members that time out, a rebalance nobody waits for) is scheduled for nobody.
 */
export class ConsumerGroup {
  generation = 0;
  readonly offsets = new CommittedOffsets();
  private state: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty';
  private leader: string | null = null;
  private protocol = '';
  private members = new Map<string, Member>();
  private deadline: Scheduled | null = null;
  private isFirstWait = false;
  private persisted: Persisted = { generation: 0, leader: null, protocol: '', members: [] };

  constructor(
    private readonly world: World,
    /** How long a group without members waits for more to come before it shares the partitions. */
    private readonly initialDelayMs: number,
  ) {}

  get memberIds(): string[] {
    return [...this.members.keys()];
  }

  get isStable(): boolean {
    return this.state === 'stable';
  }

  join(request: JoinRequest, reply: Reply<JoinAnswer>, newMemberId: string): void {
    const { memberId } = request;
    const known = this.members.get(memberId);
    if (memberId !== '' && known === undefined) throw protocolError('UNKNOWN_MEMBER_ID');
    if (!this.hasCommonProtocol(request)) throw protocolError('INCONSISTENT_GROUP_PROTOCOL');
    if (known !== undefined && isSame(known, request)) {
      const isFollower = known.id !== this.leader;
      if (this.state === 'completing' || (this.state === 'stable' && isFollower)) {
        this.touch(known);
        reply.give(this.joined(known));
        return;
      }
    }
    const member = this.admit(request, known, reply, newMemberId);
    this.touch(member);
    if (this.state === 'preparing') this.completeIfAllJoined();
    else this.prepareRebalance();
  }

  sync(request: SyncRequest, reply: Reply<SyncAnswer>): void {
    const member = this.member(request.memberId, request.generationId);
    if (this.state === 'preparing') throw protocolError('REBALANCE_IN_PROGRESS');
    this.touch(member);
    if (this.state === 'stable') {
      reply.give({ memberAssignment: member.assignment });
      return;
    }
    member.syncing = reply;
    if (member.id === this.leader) this.share(request);
  }

  heartbeat(membership: Membership): void {
    this.touch(this.member(membership.memberId, membership.groupGenerationId));
    if (this.state === 'preparing') throw protocolError('REBALANCE_IN_PROGRESS');
  }

  leave(memberId: string): void {
    this.remove(this.member(memberId, this.generation));
  }

  /** Takes offsets of any partition: Kafka does not ask whether the member has it. */
  commit(request: CommitRequest): void {
    const member = this.member(request.memberId, request.groupGenerationId);
    if (this.state === 'completing') throw protocolError('REBALANCE_IN_PROGRESS');
    this.touch(member);
    this.offsets.take(request.topics);
  }

  /** As if the member had been silent for longer than its session. */
  expire(memberId: string): void {
    const member = this.members.get(memberId);
    if (member !== undefined && member.joining === null) this.remove(member);
  }

  /** As if a member had come with other topics. */
  rebalance(): void {
    if (this.state === 'stable' || this.state === 'completing') this.prepareRebalance();
  }

  /** No coordinator is left: nobody counts the time of the members. */
  suspend(): void {
    for (const { session } of this.members.values()) cancel(session);
    cancel(this.deadline);
  }

  /** A coordinator takes the group over. It knows what was written down when the group was last stable or empty. */
  load(): void {
    this.suspend();
    const { generation, leader, protocol, members } = this.persisted;
    this.generation = generation;
    this.leader = leader;
    this.protocol = protocol;
    this.members = new Map(members.map((member) => [member.id, { ...member, session: null }]));
    this.state = members.length === 0 ? 'empty' : 'stable';
    for (const member of this.members.values()) this.touch(member);
  }

  private member(memberId: string, generation: number): Member {
    const member = this.members.get(memberId);
    if (member === undefined) throw protocolError('UNKNOWN_MEMBER_ID');
    if (generation !== this.generation) throw protocolError('ILLEGAL_GENERATION');
    return member;
  }

  private hasCommonProtocol({ memberId, groupProtocols }: JoinRequest): boolean {
    const others = [...this.members.values()].filter(({ id }) => id !== memberId);
    return groupProtocols.some(({ name }) =>
      others.every(({ protocols }) => protocols.some((protocol) => protocol.name === name)),
    );
  }

  private admit(
    request: JoinRequest,
    known: Member | undefined,
    joining: Reply<JoinAnswer>,
    newMemberId: string,
  ): Member {
    cancel(known?.session ?? null);
    const member: Member = {
      id: known?.id ?? newMemberId,
      protocols: request.groupProtocols,
      sessionMs: request.sessionTimeout,
      rebalanceMs: request.rebalanceTimeout,
      joining,
      syncing: null,
      assignment: known?.assignment ?? NOTHING_ASSIGNED,
      expiresAt: 0,
      session: null,
    };
    this.members.set(member.id, member);
    return member;
  }

  private prepareRebalance(): void {
    for (const member of this.members.values()) {
      member.syncing?.refuse(protocolError('REBALANCE_IN_PROGRESS'));
      member.syncing = null;
    }
    this.isFirstWait = this.state === 'empty';
    this.state = 'preparing';
    cancel(this.deadline);
    const waitMs = this.isFirstWait
      ? this.initialDelayMs
      : Math.max(...[...this.members.values()].map(({ rebalanceMs }) => rebalanceMs));
    this.deadline = this.world.schedule(waitMs, null, () => this.completeJoin());
    this.completeIfAllJoined();
  }

  private completeIfAllJoined(): void {
    if (this.state !== 'preparing' || this.isFirstWait) return;
    if ([...this.members.values()].every(({ joining }) => joining !== null)) this.completeJoin();
  }

  private completeJoin(): void {
    if (this.state !== 'preparing') return;
    cancel(this.deadline);
    this.isFirstWait = false;
    for (const member of [...this.members.values()]) if (member.joining === null) this.forget(member);
    this.generation += 1;
    const [first] = this.members.values();
    if (first === undefined) {
      this.leader = null;
      this.state = 'empty';
      this.persist();
      return;
    }
    if (this.leader === null || !this.members.has(this.leader)) this.leader = first.id;
    this.protocol = this.chosenProtocol(first);
    this.state = 'completing';
    for (const member of this.members.values()) {
      const { joining } = member;
      member.joining = null;
      this.touch(member);
      joining?.give(this.joined(member));
    }
  }

  private chosenProtocol({ protocols }: Member): string {
    const members = [...this.members.values()];
    const common = protocols.find(({ name }) => members.every((one) => one.protocols.some((p) => p.name === name)));
    return common?.name ?? '';
  }

  private joined(member: Member): JoinAnswer {
    const isLeader = member.id === this.leader;
    const metadataOf = ({ protocols }: Member) => protocols.find(({ name }) => name === this.protocol)?.metadata;
    return {
      generationId: this.generation,
      leaderId: this.leader ?? '',
      memberId: member.id,
      groupProtocol: this.protocol,
      members: !isLeader
        ? []
        : [...this.members.values()].map((one) => ({
            memberId: one.id,
            memberMetadata: metadataOf(one) ?? NOTHING_ASSIGNED,
          })),
    };
  }

  /** The leader has said who gets what. */
  private share({ groupAssignment }: SyncRequest): void {
    this.state = 'stable';
    for (const member of this.members.values()) {
      const given = groupAssignment.find(({ memberId }) => memberId === member.id);
      member.assignment = given?.memberAssignment ?? NOTHING_ASSIGNED;
      member.syncing?.give({ memberAssignment: member.assignment });
      member.syncing = null;
    }
    this.persist();
  }

  private persist(): void {
    const { generation, leader, protocol } = this;
    this.persisted = { generation, leader, protocol, members: [...this.members.values()].map((one) => ({ ...one })) };
  }

  private remove(member: Member): void {
    this.forget(member);
    if (this.state === 'preparing') this.completeIfAllJoined();
    else if (this.members.size > 0) this.prepareRebalance();
    else this.completeEmpty();
  }

  private completeEmpty(): void {
    this.state = 'preparing';
    this.completeJoin();
  }

  private forget(member: Member): void {
    cancel(member.session);
    this.members.delete(member.id);
  }

  /** One event for many heartbeats: when it comes, it looks whether there was one meanwhile. */
  private touch(member: Member): void {
    member.expiresAt = this.world.now + member.sessionMs;
    if (member.session !== null) return;
    const look = (): void => {
      const isWaiting = member.joining !== null || member.syncing !== null;
      const leftMs = isWaiting ? member.sessionMs : member.expiresAt - this.world.now;
      if (leftMs > 0) member.session = this.world.schedule(leftMs, null, look);
      else this.remove(member);
    };
    member.session = this.world.schedule(member.sessionMs, null, look);
  }
}

function cancel(scheduled: Scheduled | null): void {
  if (scheduled !== null) scheduled.isCancelled = true;
}
