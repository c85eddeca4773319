/** What each setting means, by its key; the English descriptions stand in the schemas. Loaded by the page that needs it. */
export const settingDescriptionsDe: Readonly<Record<string, string>> = {
  preset:
    'Ausgangspunkt mit Namen: open (überall), circle (nur Kontakte und Mitglieder von Kreisen, kein öffentliches Netz), lan (nur lokale Netze, nie das Internet).',
  'network.port': 'TCP-Port, auf dem gelauscht wird; 0 nimmt irgendeinen freien.',
  'network.hosts': 'IP-Adressen, auf denen gelauscht wird; leer: nur anrufen, nie lauschen.',
  'network.udx': 'Verbindet sich auch über UDP (UDX), für Peers, die über TCP nicht zu erreichen sind.',
  'network.lanOnly': 'Verbindungen nur mit diesem Computer und lokalen Netzen, nie über das Internet.',
  'network.interface':
    'Netzwerkschnittstelle (etwa wg0 oder tun0) oder eine IP-Adresse darauf, durch die alles hinausgeht oder gar nichts; nur Linux. Braucht einen Neustart.',
  'network.proxy':
    'SOCKS-5-Proxy, durch den alles hinausgeht oder gar nichts: socks5://[name:passwort@]rechner:port. Braucht einen Neustart.',
  'network.listenBesideProxy':
    'Andere dürfen sich am Proxy vorbei mit diesem Computer verbinden; sie sehen dann seine eigene Adresse.',
  'network.privateNetworkKey':
    'Datei (ganzer Pfad) mit dem Schlüssel eines privaten Netzes, wie swarm.key von Kubo: Nur Peers mit demselben verbinden sich. Braucht einen Neustart.',
  'network.nameServers':
    'Nameserver (IP-Adressen), die über network.interface oder network.proxy gefragt werden; leer: die des Systems, oder der Proxy selbst.',
  'network.mdns': 'Kündigt diesen Peer in den lokalen Netzen an und sucht dort nach anderen.',
  'network.mdnsIntervalMs': 'Zeit zwischen zwei Fragen nach Peers in den lokalen Netzen, in ms.',
  'network.mdnsMaxPeersPerMinute':
    'Wie viele Peers in den lokalen Netzen in einer Minute geglaubt werden; weitere werden übergangen.',
  'network.portMapping':
    'Bittet den Router dieses Netzes, den Port zu öffnen (PCP, NAT-PMP, UPnP); nie mit lanOnly.',
  'network.portMappingLeaseSeconds':
    'Für wie lange der Router den Port öffnen soll, in s; nach der Hälfte wird erneuert.',
  'network.portMappingCheckMs': 'Zeit zwischen zwei Blicken, ob der Router den Port noch offen hat, in ms.',
  'network.maxConnections': 'Offene Verbindungen, eingehende und ausgehende zusammen.',
  'network.maxConnectionsPerPeer': 'Offene Verbindungen mit einem Peer, wer immer sie begann.',
  'network.maxConnectionsPerAddress': 'Eingehende Verbindungen von einer IPv4-Adresse oder einem IPv6-/56.',
  'network.maxConnectionsPerSubnet':
    'Eingehende Verbindungen von einem IPv4-/24 oder einem IPv6-/48 (lokale Netze ausgenommen).',
  'network.maxConnectionsFromLoopback': 'Eingehende Verbindungen von diesem Computer selbst.',
  'network.maxRawConnections':
    'Eingehende Verbindungen anderer Protokolle, die sich den Port teilen (BitTorrent).',
  'network.maxPendingInbound': 'Eingehende Verbindungen, die noch nicht bewiesen haben, wer sie sind.',
  'network.maxInboundPerSecond':
    'Neue eingehende Verbindungen je Sekunde von einer IPv4-Adresse oder einem IPv6-/56 (dieser Computer ausgenommen).',
  'network.maxHandshakeBytes':
    'Bytes, die eine Verbindung senden darf, bevor sie bewiesen hat, wer sie ist: Zertifikate und die ersten 256 KiB eines Stroms, die gleich folgen dürfen.',
  'network.upgradeTimeoutMs': 'Zeit, in der eine eingehende Verbindung beweisen muss, wer sie ist, in ms.',
  'network.idleConnectionMs':
    'Zeit, nach der eine Verbindung ohne Ströme geschlossen wird, in ms; Kontakte und Mitglieder von Kreisen behalten ihre.',
  'network.maxStreamsPerConnection': 'Offene Ströme einer Verbindung, je Richtung.',
  'network.maxStreams':
    'Offene Ströme aller Verbindungen; eine Verbindung mit weniger als 8 bekommt sie trotzdem.',
  'network.maxBufferedBytes':
    'Bytes, die auf allen Verbindungen zusammen auf das Senden oder Lesen warten; darüber wird die Verbindung geschlossen, die die meisten davon hält.',
  'network.maxParallelDials': 'Peers, die gleichzeitig angerufen werden.',
  'network.maxQueuedDials': 'Peers, die auf einen Anruf warten; weitere werden gleich abgelehnt.',
  'network.dialStaggerMs':
    'Vorsprung einer Adresse eines Peers, bevor auch seine nächste versucht wird, in ms.',
  'network.searchHeadStartMs':
    'Zeit, in der die bekannten Adressen eines Peers antworten können, bevor andere nach ihm gefragt werden, in ms.',
  'network.maxParallelSearches': 'Peers, die gleichzeitig gesucht werden.',
  'network.relayHeadStartMs':
    'Vorsprung einer direkten Verbindung zu einem Peer, bevor auch eine über ein Relay versucht wird, in ms.',
  'network.dialTimeoutMs': 'Zeit, sich mit einer Adresse eines Peers zu verbinden, in ms.',
  'network.openTimeoutMs': 'Zeit, einen Strom zu öffnen, das Verbinden eingeschlossen, in ms.',
  'network.maxStreamWindowBytes':
    'Bytes, die ein Peer auf einem Strom vorausschicken darf, bevor sie hier gelesen sind.',
  'network.maxWindowBytes':
    'Summe über alle Ströme von dem, was Peers über die ersten 256 KiB hinaus vorausschicken dürfen.',
  'network.sendHighWaterBytes': 'Bytes, die auf einem Strom anstehen, ab denen mit dem Senden gewartet wird.',
  'network.pingIntervalMs':
    'Zeit zwischen zwei Messungen, wie lange eine Verbindung hin und zurück braucht, in ms.',
  'network.pingTimeoutMs': 'Stille nach einer Messung, ab der eine Verbindung für tot gehalten wird, in ms.',
  'network.punch': 'Sucht einen direkten Weg zu Peers, die über ein Relay verbunden sind.',
  'network.keepAliveMs':
    'Stille, nach der ein Paket einen Port im Router offen hält, wo einer gebraucht wird, in ms.',
  'network.maxKnownPeers': 'Peers, deren Adressen gemerkt werden.',
  'network.maxAddressesPerPeer': 'Adressen, die von einem Peer gemerkt werden.',
  'network.maxTopics':
    'Dinge (private Freigaben, dieser Peer als Relay), unter denen dieser Peer denen angekündigt wird, die danach suchen.',
  'kademlia.enabled':
    'Findet Peers, und wer etwas angekündigt hat, durch das Kademlia-Netz der Peers von Peerage.',
  'kademlia.mode':
    'Ob dieser Peer dort auch anderen antwortet: auto (wenn er von außen erreichbar ist), client (nie), server (immer).',
  'kademlia.announceSelf':
    'Wer die Kennung dieses Peers kennt, findet im Kademlia-Netz seine Adressen; aus in den Voreinstellungen circle und lan.',
  'kademlia.bootstrap':
    'Multiadressen mit /p2p/ von Peers, durch die das Kademlia-Netz betreten wird, wenn kein anderer bekannt ist.',
  'kademlia.paths':
    'Wege ohne gemeinsamen Peer, auf denen eine Suche geht; ein Lügner führt einen davon in die Irre.',
  'kademlia.parallel': 'Peers, die auf einem Weg einer Suche gleichzeitig gefragt werden.',
  'kademlia.requestTimeoutMs': 'Zeit für die Antwort auf eine Frage, das Verbinden eingeschlossen, in ms.',
  'kademlia.slowMs': 'Zeit, nach der eine Suche neben einem langsamen Peer noch jemanden fragt, in ms.',
  'kademlia.lookUpMs': 'Zeit, nach der eine Suche mit dem endet, was sie hat, in ms.',
  'kademlia.maxAsked': 'Höchstzahl der Peers, die eine Suche fragt.',
  'kademlia.maxNodesPerNetwork':
    'Peers, die von einem IPv4-/24 oder IPv6-/56 bekannt sind oder in einer Suche zählen; lokale Netze ausgenommen.',
  'kademlia.refreshMs': 'Zeit, nach der ein Teil der Tabelle neu gesucht wird, in ms.',
  'kademlia.checkMs': 'Stille, nach der ein Peer gefragt wird, ob er noch da ist, in ms.',
  'kademlia.renewMs':
    'Zeit zwischen zwei Ankündigungen derselben Sache, in ms; über das letzte Fünftel davon verteilt.',
  'kademlia.maxRenewed': 'Dinge, die immer wieder angekündigt werden; weitere werden abgelehnt.',
  'kademlia.providerMs': 'Zeit, für die Ankündigungen anderer aufbewahrt werden, in ms.',
  'kademlia.maxProviders': 'Ankündigungen anderer, die aufbewahrt werden.',
  'kademlia.maxProvidersPerKey': 'Ankündigungen anderer, die zu einer Sache aufbewahrt werden.',
  'kademlia.maxKeysPerPeer': 'Ankündigungen, die von einem Peer aufbewahrt werden.',
  'kademlia.maxProvidersPerNetwork': 'Ankündigungen, die von einem IPv4-/24 oder IPv6-/56 aufbewahrt werden.',
  'kademlia.maxValues': 'Werte von bis zu 10 KiB, die für andere aufbewahrt werden.',
  'kademlia.valueMs': 'Zeit, für die ein Wert für andere aufbewahrt wird, in ms.',
  'kademlia.valueQuorum':
    'Gültige Werte, auf die eine Suche wartet; sie endet früher, wenn alle ringsum geantwortet haben.',
  'kademlia.maxQuestionsPerSecond':
    'Fragen eines Peers, die in einer Sekunde beantwortet werden, über zehn Sekunden.',
  'relay.relayFor':
    'Wer über diesen Peer erreicht werden darf: niemand (off), Kontakte (contacts), Kontakte und Mitglieder von Kreisen (circle) oder alle (everyone).',
  'relay.use':
    'Ob dieser Peer sich über andere erreichen lässt: solange ihn niemand von außen erreicht (auto), immer (always) oder nie (never).',
  'relay.relays':
    'Multiadressen von Relays, die zuerst benutzt werden; andere finden sich unter Kontakten und verbundenen Peers.',
  'relay.maxUsed': 'Relays, über die dieser Peer gleichzeitig erreicht werden kann.',
  'relay.maxReservations': 'Peers, die gleichzeitig über diesen erreichbar sein dürfen.',
  'relay.maxReservationsPerAddress': 'Wie viele davon von einer IPv4-Adresse oder einem IPv6-/56.',
  'relay.reservationMinutes': 'Wie lange sie es bleiben, ohne neu zu fragen, in Minuten.',
  'relay.maxCircuits': 'Weitergereichte Verbindungen gleichzeitig.',
  'relay.maxCircuitsPerPeer': 'Wie viele davon von einem Peer oder zu ihm.',
  'relay.circuitMinutes':
    'Wie lange eine weitergereichte Verbindung zu einem Kontakt oder Kreismitglied dauern darf, in Minuten. 0: keine Grenze.',
  'relay.circuitBytes': 'Wie viel sie in jeder Richtung tragen darf, in Bytes. 0: keine Grenze.',
  'relay.strangerMinutes':
    'Wie lange eine weitergereichte Verbindung für alle anderen dauern darf, in Minuten. 0: keine Grenze.',
  'relay.strangerBytes':
    'Wie viel sie für alle anderen in jeder Richtung tragen darf, in Bytes. 0: keine Grenze.',
  'relay.idleMinutes':
    'Eine weitergereichte Verbindung, die so lange nichts trägt, wird beendet, in Minuten.',
  'relay.bytesPerSecond': 'Was insgesamt weitergereicht wird, in Bytes je Sekunde. 0: keine Grenze.',
  'relay.requestsPerMinute':
    'Bitten eines Peers je Minute, weitergereicht zu werden; weitere werden abgelehnt.',
  'relay.messageTimeoutMs': 'Zeit, um etwas zu bitten oder zu antworten, in ms.',
  'discovery.contacts':
    'Sagt Kontakten und Mitgliedern von Kreisen, wo dieser Peer ist, damit andere, die sie kennen, ihn finden, und fragt sie.',
  'discovery.rendezvousFor':
    'Für wen dieser Peer ein Treffpunkt ist: Kontakte (contacts), Kreise und Kontakte (circle), alle (everyone).',
  'discovery.rendezvousPoints':
    'Treffpunkte, die neben Kontakten benutzt werden, die einen anbieten: Multiadressen, die auf /p2p/KENNUNG enden.',
  'discovery.overlayFor': 'Mit wem dieser Peer ein Netz bildet, durch das Peers einander finden.',
  'discovery.bootstrap':
    'Peers, durch die dieser Peer das Netz betritt: Multiadressen, die auf /p2p/KENNUNG enden.',
  'discovery.maxRegistrations': 'Einträge anderer, die je Art gleichzeitig aufbewahrt werden.',
  'discovery.maxRegistrationsPerPeer': 'Wie viele davon von einem Peer.',
  'discovery.maxRegistrationsPerAddress': 'Wie viele davon von einer IPv4-Adresse oder einem IPv6-/56.',
  'discovery.maxRegistrationsPerTopic': 'Wie viele davon unter einem Namen.',
  'discovery.questionsPerMinute':
    'Fragen und Ankündigungen eines Peers, die in einer Minute beantwortet werden.',
  'store.workers': 'Threads, die prüfen, lesen und schreiben.',
  'store.slabBytes': 'Speicher für Blöcke auf dem Weg zur Platte, in Bytes; ein Vielfaches von 1 MiB.',
  'store.openFilesPerWorker': 'Dateien, die ein Thread offen hält.',
  'store.checkpointMs':
    'Längste Zeit zwischen geschriebenen Daten und dem Verzeichnis, das davon weiß, in ms.',
  'store.checkpointBytes': 'Geschriebene Bytes, nach denen das Verzeichnis früher nachgeführt wird.',
  'store.syncOneByOne':
    'Bis zu so viele Dateien werden einzeln gesichert; bei mehr das ganze Dateisystem (Linux).',
  'store.names': 'Namen geholter Dateien: portable passt auf jedes System, auto behält, was das Ziel kann.',
  'store.maxFiles': 'Höchstzahl der Dateien eines Inhalts.',
  'store.stateLogBytes':
    'Länge, ab der das Protokoll des Zustands neu geschrieben wird, wenn das meiste davon überholt ist, in Bytes.',
  'store.cacheBytes':
    'Platz für zwischengespeicherte Blöcke von IPFS, in Bytes; was ein Pin hält, zählt mit und bleibt in jedem Fall.',
  'store.maxBlockBytes': 'Längster Block von IPFS, der aufbewahrt wird, in Bytes.',
  'swarm.maxPeers': 'Höchstzahl der Peers in einem Schwarm gleichzeitig.',
  'swarm.maxPeersPerAddress':
    'Höchstzahl der Peers des öffentlichen Netzes in einem Schwarm mit derselben IP-Adresse.',
  'swarm.initialSeeding': 'Wer allein Stücke hat, sendet jedes einmal, bevor er eins zweimal sendet.',
  'swarm.uploadSlots':
    'Peers eines Schwarms, die gleichzeitig bedient werden; 0 passt sich der Sendegeschwindigkeit an.',
  'swarm.uploadBytesPerSecond': 'Grenze für das Senden jeder Freigabe in Bytes je Sekunde; 0 ist keine.',
  'swarm.downloadBytesPerSecond': 'Grenze für das Holen jeder Freigabe in Bytes je Sekunde; 0 ist keine.',
  'swarm.peerUploadBytesPerSecond': 'Grenze für das Senden an jeden Peer in Bytes je Sekunde; 0 ist keine.',
  'swarm.peerDownloadBytesPerSecond': 'Grenze für das Holen von jedem Peer in Bytes je Sekunde; 0 ist keine.',
  'swarm.maxRequestBytes': 'Längster Block, um den gebeten oder mit dem geantwortet wird, in Bytes.',
  'swarm.startWindowBytes': 'Bytes, um die ein Peer gebeten wird, bevor seine Geschwindigkeit bekannt ist.',
  'swarm.maxWindowBytes': 'Meiste Bytes, um die ein Peer gebeten wurde und die noch nicht da sind.',
  'swarm.maxRequestsPerPeer': 'Meiste Bitten an einen Peer, die auf Antwort warten.',
  'swarm.queueTimeMs':
    'Bitten, die bei einem Peer über Hin und Zurück hinaus anstehen, in ms seiner Geschwindigkeit.',
  'swarm.uploadBufferBytes':
    'Meiste Bytes, die von der Platte gelesen und noch nicht an einen Peer gesendet sind.',
  'swarm.maxQueuedRequests': 'Meiste Bitten eines Peers, die hier warten; weitere werden abgelehnt.',
  'swarm.maxSendBufferBytes': 'Ein Peer, der mehr als so viele Bytes ungelesen lässt, wird getrennt.',
  'swarm.readAheadBytes': 'Bytes vor einem Leser, die der Reihe nach geholt werden.',
  'swarm.maxReaders': 'Höchstzahl der Leser eines Inhalts gleichzeitig.',
  'swarm.maxSuggestions': 'Meiste vorgeschlagene Stücke, die für einen Peer gemerkt werden (BEP 6).',
  'swarm.maxMetadataBytes':
    'Längste Beschreibung eines Torrents, die von Peers angenommen wird, in Bytes (BEP 9).',
  'swarm.metadataBytesPerSecond':
    'Wie schnell eine Beschreibung wachsen darf, die Peers senden (BEP 9), in Bytes je Sekunde nach einem Schub von zwei Sekunden: Vorher lässt sie sich nicht prüfen.',
  'swarm.maxHashRequests': 'Meiste Bitten um Prüfsummen an einen Peer, die auf Antwort warten (BEP 52).',
  'swarm.allowedFastPieces': 'Stücke, um die ein gebremster Neuling trotzdem bitten darf (BEP 6).',
  'swarm.snubMs': 'Ein Peer, der so lange keinen erbetenen Block fertig bringt, wird zurückgestellt, in ms.',
  'swarm.requestTimeoutMs': 'Ein Peer, der so lange keine Bitte beantwortet, wird getrennt, in ms.',
  'swarm.silenceMs': 'Ein Peer, der so lange nichts sendet, wird getrennt, in ms.',
  'swarm.keepAliveMs': 'Nach so langer Zeit ohne Nachricht wird ein Lebenszeichen gesendet, in ms.',
  'swarm.idleMs': 'Zwei Peers, die nichts mehr auszutauschen haben, trennen sich nach so langer Zeit, in ms.',
  'swarm.redundantMs': 'Dasselbe für Peers des öffentlichen Netzes, die eher Platz für andere machen, in ms.',
  'swarm.chokeIntervalMs': 'So oft werden die Plätze zum Senden neu vergeben, in ms (BEP 3).',
  'swarm.optimisticIntervals': 'Nach so vielen Vergaben wechselt der Platz auf gut Glück (BEP 3).',
  'swarm.banLiars': 'Sperrt einen Peer aus dem Schwarm, sobald bewiesen ist, dass er gelogen hat.',
  'swarm.maxBanned':
    'Meiste gesperrte Peers, die in einem Schwarm gemerkt werden; der älteste wird vergessen.',
  'swarm.maxExchangedPeers': 'Meiste Peers, die in einer Nachricht genannt oder geglaubt werden.',
  'swarm.peerExchangeMs': 'So oft höchstens wird Peers von anderen erzählt, in ms.',
  'access.onlyKnown':
    'Spricht nur mit Kontakten, mit Mitgliedern deiner Kreise und mit deinen eigenen Geräten; solange eine Einladung offen ist, auch mit dem, der ihretwegen kommt.',
  'access.maxPolicies': 'Wie viele Dinge eine Regel haben dürfen.',
  'access.grantDays':
    'Wie lange eine Erlaubnis für einen Peer gilt, in Tagen; sie wird erneuert, wenn er den Besitzer trifft.',
  'access.failedHellosPerMinute':
    'Wie viele abgelehnte Bitten um Inhalte ein Peer in einer Minute stellen darf, bevor er nicht mehr geprüft wird.',
  'access.watchedPeers': 'Von wie vielen Peers abgelehnte Bitten gleichzeitig gezählt werden.',
  'access.maxBans': 'Wie viele Peers und Bereiche von Adressen gesperrt sein dürfen.',
  'access.maxGrants':
    'Wie viele Erlaubnisse anderer aufbewahrt werden, und von wie vielen eigenen gemerkt wird, wer sie hat.',
  'access.maxRevocationLists': 'Von wie vielen Peers Listen widerrufener Erlaubnisse aufbewahrt werden.',
  'access.maxPeople':
    'Von wie vielen Schlüsseln gemerkt wird, welche Geräte und spätere Schlüssel dazugehören.',
  'access.maxContacts': 'Wie viele Kontakte es geben darf.',
  'access.maxInvites': 'Wie viele Einladungen aufbewahrt werden, gebrauchte mitgezählt.',
  'access.maxMeters':
    'Für wie viele Leute und Regeln mit Mengengrenze gezählt wird, was sie verbraucht haben; Fremde bekommen höchstens die Hälfte.',
  'access.auditFileBytes':
    'Wie lang eine Datei des Zugriffsprotokolls werden darf, in Bytes; dann beginnt die nächste.',
  'access.auditFiles': 'Wie viele Dateien des Zugriffsprotokolls aufbewahrt werden.',
  'access.auditStrangersPerMinute':
    'Wie viele verschiedene Bitten Fremder in einer Minute einzeln festgehalten werden; weitere werden nur gezählt.',
  'access.maxCircles': 'Wie viele Kreise aufbewahrt werden, auch verlassene, die nicht vergessen wurden.',
  'files.downloads':
    'Ordner, in den geholt wird, wenn kein anderer genannt ist; leer ist der Ordner, in dem man gerade steht.',
  'files.uploadBytesPerSecond': 'Grenze für das Senden dieses ganzen Peers in Bytes je Sekunde; 0 ist keine.',
  'files.downloadBytesPerSecond':
    'Grenze für das Holen dieses ganzen Peers in Bytes je Sekunde; 0 ist keine.',
  'files.maxActiveDownloads': 'Wie viel gleichzeitig geholt wird; anderes steht an. 0 ist keine Grenze.',
  'files.maxActiveSeeds':
    'Wie viele öffentliche Inhalte gleichzeitig gegeben werden; was niemand will, zählt nicht. 0 ist keine Grenze.',
  'files.maxActive':
    'Wie viel insgesamt gleichzeitig geholt und öffentlich gegeben wird. 0 ist keine Grenze.',
  'files.slowBytesPerSecond':
    'Eine Übertragung, die weniger Bytes je Sekunde bewegt, nimmt niemandem den Platz weg.',
  'files.slowMs': 'Wie lange eine Übertragung dafür so langsam sein muss, in ms.',
  'files.addPaused': 'Was geholt werden soll, beginnt angehalten.',
  'files.seedRatio': 'Hört auf, Öffentliches zu geben, wenn so viele Kopien gesendet sind; 0 ist nie.',
  'files.seedMinutes': 'Hört nach so vielen Minuten auf, Öffentliches zu geben; 0 ist nie.',
  'files.watchFolder': 'Holt, was .torrent- und .magnet-Dateien in diesem Ordner nennen; leer ist keiner.',
  'files.watchInto': 'Wohin kommt, was der überwachte Ordner nannte; leer ist wie sonst.',
  'files.watchMs': 'Wie oft in den überwachten Ordner gesehen wird, wo das System nichts sagt, in ms.',
  'files.maxDials': 'Wie viele bekannte Peers eines Schwarms gleichzeitig angerufen werden.',
  'files.maxSwarmPeers': 'Wie viele Peers ein Schwarm höchstens behält.',
  'files.maxKnownPeers': 'Wie viele Peers eines Schwarms höchstens gemerkt werden.',
  'files.redialMs':
    'Erste Pause, bevor ein nicht erreichter Peer wieder angerufen wird, in ms; verdoppelt sich jedes Mal.',
  'files.maxRedialMs': 'Längste Pause, bevor ein nicht erreichter Peer wieder angerufen wird, in ms.',
  'files.leavesInFlight':
    'Wie viele Blöcke eines CID, der in Dateien geholt wird, gleichzeitig unterwegs sind.',
  'files.openFiles': 'Wie viele Dateien eines CID gleichzeitig geholt werden.',
  'files.maxTreeEntries':
    'Wie viele Einträge ein Ordner mit allem darin höchstens haben darf, damit sein CID in Dateien geholt wird; jeder braucht einige hundert Byte Speicher.',
  'files.maxPreviews':
    'Wie viele Links gleichzeitig angesehen werden, bevor geholt wird, und wie viele gemerkt werden.',
  'files.previewBytes': 'Wie viel von angesehenen Links gemerkt wird, in Bytes.',
  'files.listsPerMinute': 'Wie oft ein Peer in einer Minute fragen darf, was mit ihm geteilt wird.',
  'files.maxVisitors':
    'Wie viele Peers gleichzeitig ansehen dürfen, was geteilt wird; jeder erfährt, wenn es sich ändert.',
  'files.maxWishes': 'Wie viele Freigaben anderer höchstens auf dem neuesten Stand gehalten werden.',
  'files.wishMs':
    'Wie oft die mindestens gefragt werden, deren Freigaben auf dem neuesten Stand bleiben, und wie selten Abwesende, in ms.',
  'folders.maxEntries':
    'Einträge eines Ordners, die für eine Liste gelesen werden; was darüber ist, fehlt, und das wird gesagt.',
  'limits.mode':
    'Wie schnell dieser Peer ist: nach den Stunden der Woche (schedule), oder bis du es änderst: wie sonst (full), langsam (slow) oder gar nicht (off).',
  'limits.week':
    'Die Stunden der Woche, Montag zuerst, je Tag ein Text aus 24 Buchstaben: f für voll, s für langsam, o für aus. Leer ist immer voll.',
  'limits.slowUploadBytesPerSecond':
    'Grenze für das Senden dieses ganzen Peers in langsamen Stunden, in Bytes je Sekunde.',
  'limits.slowDownloadBytesPerSecond':
    'Grenze für das Holen dieses ganzen Peers in langsamen Stunden, in Bytes je Sekunde.',
  'gossip.maxConversations':
    'Kontakte und Kreismitglieder, mit denen gleichzeitig über Mitglieder, Geräte und Widerrufe gesprochen wird.',
  'gossip.maxStrangers':
    'Peers, die weder Kontakte noch Kreismitglieder sind und gleichzeitig etwas erzählen dürfen.',
  'gossip.strangerMs': 'Zeit, in der so ein Peer Kreismitglied werden muss, in ms.',
  'gossip.strangerBytes': 'Bytes, die so ein Peer senden darf.',
  'gossip.opensPerMinute': 'Wie oft ein Peer in einer Minute zu sprechen beginnen darf.',
  'gossip.wantsPerMinute': 'Fragen eines Peers, die in einer Minute beantwortet werden.',
  'gossip.faultsPerMinute':
    'Fehlerhaftes oder Gefälschtes, das ein Peer in einer Minute senden darf, bevor er in Ruhe gelassen wird.',
  'gossip.introductions': 'Hier unbekannte Kreise, von denen ein Peer in einem Gespräch erzählen darf.',
  'gossip.burstBytes': 'Bytes eines Peers, die auf einmal gelesen werden; darüber gilt bytesPerSecond.',
  'gossip.bytesPerSecond': 'Bytes eines Peers, die auf Dauer je Sekunde gelesen werden.',
  'gossip.maxUnsentBytes':
    'Bytes, die auf einen Peer warten dürfen, der nicht liest, bevor er in Ruhe gelassen wird.',
  'gossip.fellows': 'Zufällig gewählte Mitglieder jedes Kreises, mit denen dieser Peer in Verbindung bleibt.',
  'gossip.maxDials': 'Peers, die gleichzeitig angerufen werden, um in Verbindung zu bleiben.',
  'gossip.redialMs':
    'Pause, bevor ein nicht erreichter Peer wieder versucht wird, in ms; jedes Mal verdoppelt.',
  'gossip.maxRedialMs': 'Die längste solche Pause, in ms.',
  'gossip.maxAddresses':
    'Kontakte und Kreismitglieder, deren letzte Adressen für den nächsten Start aufbewahrt werden.',
  'invites.name': 'Wie anderen gesagt wird, dass du heißt; leer ist der Name deines Benutzerkontos.',
  'invites.meetFor':
    'Für wen dieser Peer Nachrichten von Einladungen weiterreicht: Kontakte und Kreismitglieder.',
  'invites.meetingPoints':
    'Adressen von Peers, die neben Kontakten gebeten werden, Nachrichten von Einladungen weiterzureichen.',
  'invites.maxWaiting': 'Wie viele Einladungen anderer hier auf den warten dürfen, der sie annimmt.',
  'invites.maxWaitingPerPeer': 'Wie viele davon ein Peer haben darf.',
  'invites.maxMeetings': 'Wie viele Treffen anderer hier gleichzeitig stattfinden dürfen.',
  'invites.meetingMinutes': 'Wie lange ein Treffen anderer dauern darf, in Minuten.',
  'invites.meetingBytes': 'Wie viel jede Seite dabei senden darf, in Bytes.',
  'invites.refusalsPerMinute':
    'Wie viele abgelehnte Versuche, eine Einladung anzunehmen, ein Peer in einer Minute machen darf, bevor er nicht mehr gehört wird.',
  'invites.knocksPerMinute':
    'Wie viele Versuche alle Peers zusammen in einer Minute machen dürfen: Jeder kostet einige Millisekunden Rechenzeit.',
  'reach.dialBack':
    'Verbindet sich auf Bitten zurück zu einem Peer, an dessen eigener Adresse, damit er erfährt, ob sein Port offen ist.',
  'reach.dialBacksPerMinute': 'Zu wie vielen Peers in einer Minute zurückverbunden wird, zu jedem einmal.',
  'bittorrent.enabled': 'Holt aus dem öffentlichen BitTorrent-Netz und gibt dort, was öffentlich ist.',
  'bittorrent.encryption':
    'Verschlüsselung der Verbindungen: prefer nimmt, was der andere mag, require lehnt Peers ohne RC4 ab, off benutzt sie nie.',
  'bittorrent.tcp': 'Verbindet sich über TCP mit BitTorrent-Peers, und sie dürfen es auch.',
  'bittorrent.utp': 'Verbindet sich über uTP mit BitTorrent-Peers, und sie dürfen es auch.',
  'bittorrent.dht': 'Findet Peers im DHT von BitTorrent (Mainline). Private Torrents nie.',
  'bittorrent.lsd': 'Findet BitTorrent-Peers in den lokalen Netzen. Private Torrents nie.',
  'bittorrent.pex': 'Erzählt BitTorrent-Peers voneinander. Private Torrents nie.',
  'bittorrent.trackers': 'Kündigt Öffentliches den Trackern an, die es nennt.',
  'bittorrent.webSeeds': 'Holt von den Webservern, die ein Inhalt nennt.',
  'bittorrent.ipFilter':
    'Datei mit Adressen, mit denen nie gesprochen wird (PeerGuardian, eMule .dat oder Zeilen mit CIDR); leer ist keine.',
  'bittorrent.maxFilterBytes': 'Länge einer Liste von Adressen, ausgepackt, in Bytes.',
  'bittorrent.maxFilterRanges': 'Bereiche in einer Liste von Adressen.',
  'bittorrent.maxDials': 'BitTorrent-Peers, die gleichzeitig angerufen werden.',
  'bittorrent.handshakeTimeoutMs': 'Zeit für die Begrüßung einer BitTorrent-Verbindung, in ms.',
  'bittorrent.maxHandshakes':
    'Eingehende BitTorrent-Verbindungen, die noch nicht gesagt haben, um welchen Inhalt es geht.',
  'bittorrent.maxKeyExchanges':
    'Schlüsselaustausche verschlüsselter BitTorrent-Verbindungen, die Peers in einer Sekunde beginnen dürfen.',
  'bittorrent.maxPeers':
    'BitTorrent-Peers eines Inhalts, nach denen gesucht wird; andere dürfen trotzdem kommen.',
  'bittorrent.maxKnownPeers': 'Adressen von BitTorrent-Peers, die für einen Inhalt gemerkt werden.',
  'bittorrent.redialMs':
    'Erste Pause, bevor ein BitTorrent-Peer wieder angerufen wird, in ms; verdoppelt sich jedes Mal.',
  'bittorrent.maxRedialMs': 'Längste Pause, bevor ein BitTorrent-Peer wieder angerufen wird, in ms.',
  'bittorrent.searchMs': 'Zeit zwischen zwei Suchen nach einem Inhalt im DHT, in ms.',
  'bittorrent.maxSearches': 'Suchen im DHT, die gleichzeitig laufen.',
  'trackers.timeoutMs': 'Zeit für eine Antwort eines Trackers, in ms.',
  'trackers.minIntervalMs': 'Öfter wird ein Tracker nicht gefragt, in ms, was immer er sagt.',
  'trackers.maxIntervalMs': 'So oft wird ein Tracker mindestens gefragt, in ms, was immer er sagt.',
  'trackers.firstRetryMs': 'Erste Pause, nachdem ein Tracker versagte, in ms; verdoppelt sich jedes Mal.',
  'trackers.maxRetryMs': 'Längste Pause, nachdem ein Tracker versagte, in ms.',
  'trackers.stopTimeoutMs': 'Zeit, Trackern zu sagen, dass hier Schluss ist, in ms.',
  'trackers.maxAnnounces': 'Tracker, die gleichzeitig gefragt werden.',
  'trackers.maxAnnouncesPerTracker': 'Inhalte, nach denen ein Tracker gleichzeitig gefragt wird.',
  'trackers.maxReplyBytes': 'Eine längere Antwort eines Trackers ist keine, in Bytes.',
  'trackers.wanted': 'Um so viele Peers wird auf einmal gebeten.',
  'trackers.allTiers':
    'Meldet sich bei einem Tracker jeder Stufe; sonst nur bei der ersten Stufe, die geht (BEP 12).',
  'trackers.scrapeMs': 'Zeit zwischen zwei Fragen an einen Tracker, wie groß die Schwärme sind, in ms.',
  'tracker.enabled': 'Ist für andere ein BitTorrent-Tracker, auf dem Port dieses Peers.',
  'tracker.contents':
    'Was er verfolgt: jeden Inhalt (any), was dieser Peer im öffentlichen Netz hat (own), oder was aufgezählt ist (listed).',
  'tracker.listed': 'Info-Hashes in Hexadezimal, die er in jedem Fall verfolgt.',
  'tracker.believeIp':
    'Wer eine andere Adresse melden darf, als er hat: niemand (never), dieser Computer (loopback) oder auch lokale Netze (lan).',
  'tracker.intervalMs': 'Zeit zwischen zwei Meldungen, um die er bittet, in ms.',
  'tracker.minIntervalMs': 'Kürzeste Zeit zwischen zwei Meldungen, um die er bittet, in ms.',
  'tracker.maxContents': 'Inhalte, die er verfolgt; weitere werden abgelehnt.',
  'tracker.maxPeers': 'Peers, die er sich merkt, von allen Inhalten zusammen.',
  'tracker.maxPeersPerContent': 'Peers eines Inhalts, die er sich merkt.',
  'tracker.maxPeersPerAddress':
    'Peers, die eine IPv4-Adresse oder ein IPv6-/56 sein darf, von allen Inhalten zusammen.',
  'tracker.maxPortsPerAddress': 'Peers, die eine IPv4-Adresse oder ein IPv6-/56 bei einem Inhalt sein darf.',
  'tracker.maxWanted': 'Meiste Peers in einer Antwort; über UDP nicht mehr, als in ein Paket passen.',
  'tracker.maxRequestBytes': 'Größte Web-Anfrage, die er liest, in Bytes.',
  'tracker.maxRequestsPerConnection': 'Web-Anfragen, die eine Verbindung tragen darf.',
  'tracker.requestTimeoutMs':
    'Zeit, in der eine Web-Anfrage ankommen muss, und die auf die nächste gewartet wird, in ms.',
  'dht.bootstrap': 'rechner:port von Knoten, mit denen begonnen wird, wenn kein anderer bekannt ist.',
  'dht.readOnly': 'Fragt das DHT, antwortet aber niemandem (BEP 43).',
  'dht.queryTimeoutMs': 'Zeit, nach der ein Knoten ohne Antwort für weg gehalten wird, in ms.',
  'dht.slowMs': 'Zeit, nach der eine Suche neben einem langsamen Knoten noch jemanden fragt, in ms.',
  'dht.parallel': 'Knoten, die eine Suche gleichzeitig fragt.',
  'dht.refreshMs': 'Zeit zwischen zwei Auffrischungen der Tabelle, in ms.',
  'dht.questionableMs': 'Stille, nach der ein Knoten gefragt wird, ob er noch da ist, in ms.',
  'dht.maxQueries': 'Eigene Fragen, die auf Antwort warten; mehr werden nicht gestellt.',
  'dht.maxSearchNodes': 'Höchstzahl der Knoten, die eine Suche fragt.',
  'dht.maxCandidates': 'Knoten, die eine Suche sich merkt, die nächsten.',
  'dht.maxNodesPerNetwork':
    'Knoten, die von einem IPv4-/24 oder IPv6-/64 bekannt sind oder in einer Suche gefragt werden; lokale Netze ausgenommen.',
  'dht.votesForAddress':
    'Netze, die uns unter einer Adresse sehen müssen, bevor die eigene Kennung im DHT ihr angepasst wird.',
  'dht.maxSwarms': 'Schwärme, deren Peers für andere aufbewahrt werden.',
  'dht.maxPeersPerSwarm': 'Peers, die von einem Schwarm für andere aufbewahrt werden.',
  'dht.maxSwarmsPerAddress': 'Schwärme, in denen eine Adresse für andere aufbewahrt wird.',
  'dht.peerMs': 'Zeit, für die ein gemeldeter Peer für andere aufbewahrt wird, in ms.',
  'dht.maxItems': 'Einträge von bis zu 1.000 Bytes, die für andere aufbewahrt werden.',
  'dht.maxItemsPerAddress': 'Einträge einer Adresse, die für andere aufbewahrt werden.',
  'dht.itemMs': 'Zeit, für die ein Eintrag für andere aufbewahrt wird, in ms.',
  'dht.sampleMs':
    'Zeit, für die wer das DHT durchsucht dieselbe Auswahl von Schwärmen genannt bekommt, in ms.',
  'dht.tokenMs': 'Zeit, für die eine Marke zum Melden neu ist, in ms; angenommen wird sie doppelt so lange.',
  'dht.maxQueriesPerSecond': 'Fragen, die in einer Sekunde beantwortet werden, von allen zusammen.',
  'dht.maxQueriesPerAddress': 'Fragen, die in einer Sekunde beantwortet werden, von einer Adresse.',
  'dht.maxReplyBytesPerSecond': 'Bytes an Antworten, die in einer Sekunde gesendet werden, an alle zusammen.',
  'mainline.records':
    'Hält die Adressen dieses Peers unterschrieben im DHT von BitTorrent für die bereit, die seine Kennung kennen, und sucht andere dort: auto (solange das DHT ohnehin läuft), on (immer), off.',
  'mainline.renewMs':
    'Zeit zwischen zwei Meldungen dieser Adressen, in ms; das DHT vergisst sie nach zwei Stunden.',
  'lsd.intervalMs': 'So oft wird ein Inhalt in den lokalen Netzen angekündigt, in ms (BEP 14).',
  'lsd.minIntervalMs': 'Und nie früher wieder als nach dieser Zeit, in ms.',
  'lsd.packetMs': 'Zeit zwischen zwei Paketen in ein lokales Netz, in ms.',
  'lsd.maxPacketsPerMinute':
    'Pakete eines Absenders in den lokalen Netzen, die in einer Minute gelesen werden.',
  'lsd.maxSenders': 'Absender in den lokalen Netzen, denen in einer Minute zugehört wird.',
  'webSeeds.connections': 'Verbindungen zu einem Webserver.',
  'webSeeds.minRangeBytes': 'So lange Bereiche werden nicht auf mehrere Verbindungen verteilt, in Bytes.',
  'webSeeds.maxRangeBytes': 'Längster Bereich, um den ein Webserver auf einmal gebeten wird, in Bytes.',
  'webSeeds.maxSkipBytes':
    'Bis zu dieser Größe werden Dateien auch von Webservern geholt, die keine Bereiche geben, in Bytes.',
  'webSeeds.maxMissingFiles':
    'Ein Webserver, dem so viele Dateien mehr fehlten, als er gab, wird eine Weile in Ruhe gelassen.',
  'webSeeds.maxPerContent': 'Webserver eines Inhalts, die benutzt werden; die zuerst genannten.',
  'webSeeds.timeoutMs': 'Zeit ohne ein Byte, nach der ein Webserver als hängend gilt, in ms.',
  'webSeeds.retryMs': 'Erste Pause, nachdem ein Webserver versagte, in ms; verdoppelt sich jedes Mal.',
  'webSeeds.maxRetryMs': 'Längste Pause, nachdem ein Webserver versagte, in ms.',
  'webSeeds.redirectMs': 'Zeit, für die das Ziel einer Umleitung gemerkt wird, in ms.',
  'utp.maxConnections': 'Offene uTP-Verbindungen, eingehende und ausgehende zusammen.',
  'utp.maxConnectionsPerAddress':
    'Eingehende uTP-Verbindungen von einer IPv4-Adresse oder einem IPv6-/56; dieser Computer selbst darf alle öffnen.',
  'utp.maxSynsPerSecond': 'Bitten um eine uTP-Verbindung, die in einer Sekunde beantwortet werden.',
  'utp.maxResetsPerSecond':
    'uTP-Pakete, die zu keiner Verbindung gehören und in einer Sekunde beantwortet werden.',
  'utp.maxWindowBytes': 'Bytes, die in einer Richtung einer uTP-Verbindung unterwegs sind.',
  'utp.maxHeldBytes': 'Bytes aller uTP-Verbindungen, die auf frühere oder auf das Lesen warten.',
  'utp.maxPacketBytes':
    'Längstes uTP-Paket, das zwischen Programmen auf diesem Computer versucht wird; in Netzen ist es, was Ethernet nimmt.',
  'utp.targetDelayMs':
    'Verzögerung, die uTP einer Leitung zumuten darf, bevor es anderem Verkehr weicht, in ms.',
  'utp.connectTries':
    'Wie oft um eine uTP-Verbindung gebeten wird; nach 1, 2, 4, ... s kommt das nächste Mal.',
  'utp.maxTimeouts':
    'So viele Fristen hintereinander, jede doppelt so lang, dann wird eine uTP-Verbindung aufgegeben.',
  'utp.stallMs': 'Zeit, die ein uTP-Peer keine Bytes annehmen muss, die auf ihn warten, in ms.',
  'utp.keepAliveMs': 'Stille, nach der ein uTP-Paket den Weg durch einen Router offen hält, in ms.',
  'utp.lingerMs': 'Zeit, die die andere Seite einer uTP-Verbindung hat, sie nach uns zu beenden, in ms.',
  'ipfs.enabled': 'Holt aus dem öffentlichen IPFS-Netz und bietet dort an, was darauf ist.',
  'ipfs.denylists':
    'Dateien mit dem, was weder aus IPFS geholt noch dort jemandem gegeben wird, in der Kurzform (IPIP-383); bei Änderungen neu gelesen.',
  'ipfs.maxDenylistBytes': 'Größte Verbotsliste, in Bytes.',
  'ipfs.maxDenylistRules': 'Meiste Regeln einer Verbotsliste.',
  'ipfs.maxListedEntries':
    'Wie viele Einträge eines Ordners `peerage ls` höchstens auflistet; ein größerer wird abgelehnt.',
  'ipfs.gateways':
    'URLs von Gateways (trustless, HTTP), von denen auch Blöcke geholt werden; sie erfahren, was geholt wird.',
  'ipfs.peers':
    'Multiaddrs mit /p2p/ von IPFS-Peers, mit denen die Verbindung bestehen bleibt, etwa eines eigenen Kubo: was sie haben, ist sofort gefunden.',
  'ipfs.sourceRanges':
    'Bereiche von Dateien, die für einen Inhalt, den auch andere geben, gleichzeitig von IPFS geholt werden.',
  'ipfs.sourceMemoryBytes': 'Blöcke von IPFS, die für so einen Inhalt im Speicher bleiben, in Bytes.',
  'ipfs.forgetMissingMs': 'Wie lange geglaubt wird, dass IPFS eine Datei so eines Inhalts nicht hat, in ms.',
  'gateway.enabled': 'Zeigt Browsern und Programmen dieses Computers Inhalte über HTTP.',
  'gateway.port':
    'TCP-Port des Gateways; 0 nimmt irgendeinen freien, und so ist es auch, wenn niemand ihn wählte und er belegt ist.',
  'gateway.listen':
    'Adresse, auf der das Gateway lauscht; bei anderen als 127.0.0.1 und ::1 können andere Computer es fragen.',
  'gateway.hosts':
    'Namen, unter denen das Gateway gefragt wird, jeder CID mit eigenem Ursprung darunter, oder IPv4-Adressen, wo nach Pfaden gefragt wird; andere werden abgelehnt.',
  'gateway.fetch':
    'Holt aus dem IPFS-Netz, wonach gefragt wird und was nicht hier ist; sonst wird nur gezeigt, was hier ist.',
  'gateway.maxListedEntries': 'Meiste Einträge eines Ordners, die seine Seite zeigt.',
  'gateway.maxCarBlocks': 'Meiste Blöcke eines CAR; dort bricht es ab.',
  'gateway.maxConnections': 'Offene Verbindungen zum Gateway; weitere werden gleich geschlossen.',
  'gateway.maxRequests': 'Anfragen, die gleichzeitig beantwortet werden; weitere sollen später wiederkommen.',
  'gateway.fetchTimeoutMs': 'Zeit, den ersten Block des Gefragten zu finden, und jeden weiteren, in ms.',
  'gateway.sendTimeoutMs':
    'Zeit, in der ein Fragender mehr von der Antwort nehmen muss; dann wird seine Verbindung geschlossen, in ms.',
  'gateway.readAheadBlocks': 'Blöcke einer Datei, die gelesen werden, bevor der Fragende die davor hat.',
  'bitswap.maxPeers': 'Peers, deren Wünsche gleichzeitig gemerkt werden; wer nichts will, geht zuerst.',
  'bitswap.maxWantsPerPeer':
    'Meiste Wünsche, die von einem Peer gemerkt werden; auf mehr kommt "habe ich nicht".',
  'bitswap.maxOpenWants': 'Meiste Wünsche, die gleichzeitig bei einem Peer offen sind; weitere warten.',
  'bitswap.maxStreamsPerPeer': 'Offene Ströme von einem Peer.',
  'bitswap.maxBlockBytes':
    'Der längste Block, um den gebeten oder der gegeben wird, in Bytes. Andere nehmen 2 MiB.',
  'bitswap.sendBufferBytes':
    'Meiste Bytes, die von der Platte gelesen und noch nicht an einen Peer gesendet sind.',
  'bitswap.maxSendBufferBytes':
    'Meiste Bytes, die von der Platte gelesen und noch nicht an alle Peers zusammen gesendet sind; darüber bekommt jeder das Gewünschte nur noch in kleinen Teilen, einen nach dem anderen.',
  'bitswap.maxReceivedBytes':
    'Empfangene und noch nicht geprüfte Bytes, ab denen von niemandem mehr gelesen wird.',
  'bitswap.idleMs':
    'Ein Strom, auf dem so lange nichts gesendet wurde, wird geschlossen, in ms. Helia beendet solche nach 10 s.',
  'bitswap.silenceMs':
    'Ein Strom wird abgebrochen, auf dem eine Nachricht begann und in dieser Zeit weniger als 32 KiB davon kommen, und ein Peer abgeschnitten, der weniger von dem nimmt, was auf ihn wartet, in ms.',
  'bitswap.maxUnasked': 'Blöcke, um die niemand bat oder die keine sind, bis ein Peer abgeschnitten wird.',
  'bitswap.shunMs':
    'Wie lange mit einem Peer nichts zu tun sein soll, der wegen dem abgeschnitten wurde, was er sandte, in ms.',
  'ipfsSession.startWindowBytes':
    'Bytes, um die eine Quelle gebeten wird, bevor ihre Geschwindigkeit bekannt ist.',
  'ipfsSession.maxWindowBytes': 'Meiste Bytes, um die eine Quelle gebeten wurde und die noch nicht da sind.',
  'ipfsSession.queueTimeMs':
    'Wünsche, die bei einer Quelle über Hin und Zurück hinaus anstehen, in ms ihrer Geschwindigkeit.',
  'ipfsSession.maxSources': 'Quellen eines Abrufs.',
  'ipfsSession.maxProbed':
    'Verbundene Peers, die gefragt werden, ob sie einen Block haben, bevor andere gesucht werden.',
  'ipfsSession.patienceMs':
    'Eine Quelle, die um etwas gebeten wurde und so lange nichts sandte, wird ebenso lange um nichts mehr gebeten, in ms.',
  'ipfsSession.leastPatienceMs':
    'Das Mindeste dieser Zeit für eine Quelle mit bekannter Geschwindigkeit, die achtmal so lange hat, wie das Erbetene dauern sollte, in ms.',
  'ipfsSession.askAgainMs':
    'Wer einen Block nicht hatte, wird nach so langer Zeit wieder gefragt, dann jedes Mal nach der doppelten, bis findAgainMs, in ms.',
  'ipfsSession.findAgainMs': 'So oft werden andere gesucht, die es haben, solange etwas fehlt, in ms.',
  'ipfsSession.maxFailures': 'Fehler hintereinander, nach denen eine Quelle aufgegeben wird.',
  'ipfsSession.maxAskers': 'Quellen, die gegen Ende gleichzeitig um denselben Block gebeten werden.',
  'ipfsRouting.dht':
    'Anteil am Kademlia-Netz von IPFS (Amino): auto (antwortet anderen, wenn dieser Peer von außen erreichbar ist), client (fragt nur), server, off.',
  'ipfsRouting.bootstrap':
    'Multiadressen mit /p2p/ von Peers, durch die das Kademlia-Netz von IPFS betreten wird, wenn wenige andere bekannt sind; /dnsaddr/ wird nachgeschlagen.',
  'ipfsRouting.servers':
    'Server für die Suche (delegated routing, HTTP), die daneben gefragt werden; sie erfahren, was gesucht wird.',
  'ipfsRouting.dnsOverHttps':
    'Server für DNS über HTTPS, etwa https://dns.example/dns-query, der nach Domains gefragt wird, die Namen sind (DNSLink), wenn kein Nameserver es sein kann; leer: keiner.',
  'ipfsRouting.reprovideMs':
    'Zeit zwischen zwei Ankündigungen derselben Wurzel im IPFS-Netz, in ms; alle sind darüber verteilt.',
  'ipfsRouting.maxProvided': 'Wurzeln, die im IPFS-Netz angekündigt werden; weitere werden abgelehnt.',
  'ipfsRouting.serverTimeoutMs':
    'Zeit für die Antwort eines Servers für die Suche oder für DNS über HTTPS, in ms.',
  'ipfsRouting.maxServerProviders': 'Anbieter, die aus einer Antwort so eines Servers genommen werden.',
  'ipfsNames.republishMs':
    'Zeit, nach der wieder ins Netz gestellt wird, worauf ein eigener Name zeigt, in ms.',
  'ipfsNames.validityMs':
    'Zeit, für die gilt, worauf ein eigener Name zeigt, wenn dieser Peer weg ist, in ms; das IPFS-Netz behält es zwei Tage.',
  'ipfsNames.ttlMs': 'Zeit, in der andere nicht wieder fragen müssen, worauf ein eigener Name zeigt, in ms.',
  'ipfsNames.maxTtlMs':
    'Längste Zeit, in der nicht wieder gefragt wird, worauf ein Name zeigt, was immer sein Besitzer sagt, in ms.',
  'ipfsNames.patienceMs':
    'Zeit, in der nach dem ersten Eintrag eines Namens auf einen neueren gewartet wird, in ms.',
  'ipfsNames.resolveMs': 'Zeit, nach der ein Name aufgegeben wird, den niemand kennt, in ms.',
  'ipfsNames.maxDepth': 'Namen, die aufeinander zeigen dürfen.',
  'ipfsNames.maxKnown': 'Namen, deren letzter Eintrag gemerkt wird, damit keiner zurückgenommen wird.',
  'daemon.apiPort': 'TCP-Port der lokalen Schnittstelle auf 127.0.0.1; 0 nimmt irgendeinen freien.',
  'daemon.maxBodyBytes': 'Größter Inhalt einer Anfrage an die lokale Schnittstelle, in Bytes.',
  'daemon.maxApiConnections':
    'Offene Verbindungen zur lokalen Schnittstelle; weitere werden gleich geschlossen.',
  'daemon.maxEventListeners': 'Wer gleichzeitig dem Strom der Ereignisse zuhören darf.',
  'daemon.maxUploads': 'Gleichzeitige Übertragungen aus Browsern, jede eine Datei oder ein Ordner.',
  'daemon.maxUploadFiles': 'Dateien in einem Ordner, den ein Browser überträgt.',
  'daemon.uploadIdleMs': 'Zeit, nach der eine Übertragung gelöscht wird, die niemand fortsetzt, in ms.',
  'daemon.stopTimeoutMs': 'Zeit, ordentlich aufzuhören, bevor das Programm trotzdem endet, in ms.',
  'daemon.logLevel': 'Unwichtigste Art von Einträgen, die ins Protokoll kommen (HOME/log/peerage.log).',
  'daemon.maxLogBytes': 'Größe des Protokolls, ab der ein neues begonnen wird, in Bytes.',
  'daemon.keptLogs': 'Alte Protokolle, die neben dem jetzigen aufbewahrt werden.',
  'daemon.shownLogEntries':
    'Einträge des Protokolls, die im Speicher bleiben, um sie zu zeigen und zu durchsuchen.',
  'remote.enabled':
    'Ob die Seite und die Schnittstelle von anderen Computern benutzt werden können, mit Passwort und TLS.',
  'remote.address':
    'Adresse, auf der der Zugang von anderswo lauscht; 0.0.0.0 ist alles von IPv4, :: alles von beiden.',
  'remote.port': 'TCP-Port des Zugangs von anderswo; 0 nimmt irgendeinen freien.',
  'remote.names':
    'Namen und Adressen, unter denen der Zugang von anderswo gefragt werden darf, neben den Adressen dieses Computers: home.example, home.example:8443.',
  'remote.certificate':
    'Datei mit dem Zertifikat des Zugangs und denen darüber (PEM); leer: eins wird gemacht.',
  'remote.key': 'Datei mit dem privaten Schlüssel dieses Zertifikats (PEM).',
  'remote.maxConnections': 'Offene Verbindungen des Zugangs von anderswo; weitere werden gleich geschlossen.',
  'remote.maxSessions':
    'Angemeldete von anderswo gleichzeitig; einer mehr beendet den, der am längsten nichts tat.',
  'remote.sessionIdleMs': 'Zeit ohne eine Anfrage, nach der eine Anmeldung endet, in ms.',
  'remote.sessionMaxMs': 'Zeit, nach der eine Anmeldung in jedem Fall endet, in ms.',
  'remote.attemptsPerMinute': 'Falsche Passwörter, die eine Adresse in einer Minute senden darf.',
  'remote.totalAttemptsPerMinute':
    'Falsche Passwörter, die alle Adressen zusammen in einer Minute senden dürfen.',
}
